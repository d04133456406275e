import { expect, test } from 'vitest';
import { column } from './columns';
import { pointsOf } from './runPoints';

const lr = column('params', 'lr');
const model = column('params', 'model');
const loss = column('metrics', 'loss');

function cells(values: Record<string, Record<string, string | number | null>>) {
  return { cell: (id: string, field: string) => values[id]?.[field] };
}

test('params that read as numbers stand on an axis of numbers, others on one of words', () => {
  const some = cells({ a: { 'params.lr': '1e-3', 'params.model': 'tree', 'metrics.loss': 1 }, b: { 'params.lr': '0.1', 'params.model': 'mlp', 'metrics.loss': 2 } });
  expect(pointsOf(['a', 'b'], some, lr, loss, null)).toMatchObject({ x: null, y: null, groups: [{ points: [{ id: 'a', x: 0.001, y: 1 }, { x: 0.1 }] }] });
  expect(pointsOf(['a', 'b'], some, model, loss, model)).toMatchObject({ x: ['mlp', 'tree'], groups: [{ name: 'tree' }, { name: 'mlp' }] });
});

test('runs without a value, or with none that is finite, are left out', () => {
  const some = cells({ a: { 'params.lr': '1', 'metrics.loss': 'NaN' }, b: { 'params.lr': null, 'metrics.loss': 2 }, c: { 'params.lr': '2', 'metrics.loss': 3 }, d: {} });
  expect(pointsOf(['a', 'b', 'c', 'd'], some, lr, loss, null).groups).toMatchObject([{ points: [{ id: 'c' }] }]);
});

test('groups beyond the colours are one', () => {
  const values = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`r${at}`, { 'params.lr': '1', 'params.model': `m${at}`, 'metrics.loss': at }]));
  const { groups } = pointsOf(Object.keys(values), cells(values), lr, loss, model);
  expect(groups.length).toBe(10);
  expect(groups.at(-1)).toMatchObject({ name: 'others' });
  expect(groups.reduce((sum, one) => sum + one.points.length, 0)).toBe(30);
});

test('values far apart stand on powers of ten, unless one is not above nought', () => {
  const of = (values: readonly number[]) => pointsOf(Object.keys(values), cells(Object.fromEntries(values.map((one, at) => [String(at), { 'params.lr': String(one), 'metrics.loss': 1 }]))), lr, loss, null).log;
  expect(of([1e-4, 1e-1])).toEqual({ x: true, y: false });
  expect(of([0.1, 0.9]).x).toBe(false);
  expect(of([0, 1e-4, 1e-1]).x).toBe(false);
  expect(of([]).x).toBe(false);
});
