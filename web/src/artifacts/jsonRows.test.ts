import { expect, test } from 'vitest';
import { jsonRows } from './jsonRows';

test('open containers show their members, closed ones how many', () => {
  const { rows } = jsonRows({ a: [1, 'x', null], b: {}, 'c/d': { e: true } }, (path) => path === '' || path === '/a', 100);
  expect(rows.map(({ depth, name, text }) => [depth, name, text])).toEqual([[0, null, '{3}'], [1, 'a', '[3]'], [2, '0', '1'], [2, '1', '"x"'], [2, '2', 'null'], [1, 'b', '{}'], [1, 'c/d', '{1}']]);
  expect(rows.at(-1)!.path).toBe('/c~1d');
});

test('a long list is cut, and says so; paths are unique', () => {
  const { rows, cut } = jsonRows(Array.from({ length: 10_000 }, (_, i) => ({ i })), () => true, 5_000);
  expect(rows).toHaveLength(5_000);
  expect(cut).toBe(true);
  expect(new Set(rows.map(({ path }) => path)).size).toBe(5_000);
});
