import { expect, test } from 'vitest';
import { stirOf } from './liveRuns';

test('points stir their runs, not the order', () => {
  const stir = stirOf([
    { type: 'points', data: '{"run_ids":["a","b"]}' },
    { type: 'metrics', data: '{"run_id":"c","keys":["loss"]}' },
    { type: 'hello', data: '{"position":1}' },
  ]);
  expect([...stir.runs]).toEqual(['a', 'b', 'c']);
  expect(stir).toMatchObject({ order: false, all: false, experiments: false });
});

test('a run that came or changed stirs the order', () => expect(stirOf([{ type: 'change', data: '{"kind":"run.created","subject":"run/a"}' }])).toMatchObject({ runs: new Set(['a']), order: true, all: false }));

test('a renamed experiment stirs its head', () => expect(stirOf([{ type: 'change', data: '{"kind":"experiment.updated","subject":"experiment/1"}' }])).toMatchObject({ order: false, experiments: true }));

test.each([
  { type: 'reconnected' as const, data: '' as const },
  { type: 'resync', data: '{"reason":"slow"}' },
  { type: 'change', data: 'no JSON' },
  { type: 'points', data: '{"run_ids":[],"more":true}' },
  { type: 'change', data: '{"kind":"run.edited","subject":"experiment/1","experiment_id":"1"}' },
])('$type $data stirs everything', (news) => expect(stirOf([news])).toMatchObject({ all: true, order: true }));
