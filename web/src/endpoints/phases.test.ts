import { expect, test } from 'vitest';
import { meansOf } from './phases';

test('phases are means in microseconds, also of counts that come as texts', () => {
  const of = { inference_stats: { success: { count: '4', ns: '40000' }, compute_input: { count: '4', ns: '8000' }, queue: { count: 4, ns: 4000 }, compute_infer: { count: 4, ns: 24000 }, compute_output: { count: 4, ns: 4000 } } };
  expect(meansOf(of)).toEqual([
    { word: 'parse', us: 2 },
    { word: 'queue', us: 1 },
    { word: 'run', us: 6 },
    { word: 'encode', us: 1 },
  ]);
});

test('a version that answered nothing has no phases', () => {
  expect(meansOf({ inference_stats: { success: { count: 0, ns: 0 } } })).toBeNull();
  expect(meansOf({})).toBeNull();
});
