import { expect, test } from 'vitest';
import { column } from './columns';
import { groupRuns, summary } from './runGroups';
import { groupedLines } from './runLines';
import { seeded } from './seeded';

const model = column('params', 'model');
const loss = column('metrics', 'loss');

test('every run is in one group, and groups keep the order', () => {
  const values: Record<string, [string | null, number | string | null]> = { a: ['tree', 1], b: ['mlp', 2], c: ['tree', 3], d: [null, 9], e: ['null', 'NaN'] };
  const groups = groupRuns(Object.keys(values), model, [loss], { cell: (id, field) => values[id]![field === model.field ? 0 : 1] });
  expect(groups.map(({ value, ids }) => [value, ids])).toEqual([
    ['tree', ['a', 'c']],
    ['mlp', ['b']],
    [null, ['d']],
    ['null', ['e']],
  ]);
  expect(groups[0]!.numbers.get(loss.field)).toEqual({ count: 2, mean: 2, min: 1, max: 3 });
  expect(groups[3]!.numbers.get(loss.field)!.count).toBe(0);
});

test('lines of open and closed groups are found at their place', () => {
  const groups = ['x', 'y', 'z'].map((name) => ({ name, value: name, ids: [`${name}1`, `${name}2`], numbers: new Map() }));
  const lines = groupedLines(groups, new Set(['y']));
  expect(lines.count).toBe(5);
  const said = Array.from({ length: 5 }, (_, at) => {
    const line = lines.at(at);
    return line.kind === 'run' ? line.id : `${line.group.name}${line.open ? '+' : ''}`;
  });
  expect(said).toEqual(['x', 'y+', 'y1', 'y2', 'z']);
});

test('a mean is one also of many large numbers', () => {
  const next = seeded(5);
  const values = Array.from({ length: 5000 }, () => (next() - 0.5) * 1e300);
  const found = summary([...values, null, undefined, 'NaN', 'Infinity']);
  expect(found.count).toBe(5000);
  expect(found.min).toBe(Math.min(...values));
  expect(found.max).toBe(Math.max(...values));
  expect(found.mean).toBeGreaterThan(found.min);
  expect(found.mean).toBeLessThan(found.max);
});
