import { expect, test, vi } from 'vitest';
import { RunCells, type AskRows } from './runCells';

function server() {
  let values = 0;
  const ask = vi.fn<AskRows>((ids, fields) => Promise.resolve({ rows: fields.map((field) => ids.map((id) => `${id}.${field}.${values}`)), missing: [] }));
  return { ask, change: () => values++ };
}

test('what is known is not asked again; a new column asks for itself alone', async () => {
  const { ask } = server();
  const cells = new RunCells(ask);
  await cells.want(['a', 'b'], ['x']);
  await cells.want(['b', 'a'], ['x']);
  expect(ask).toHaveBeenCalledTimes(1);
  await cells.want(['a', 'b'], ['x', 'y']);
  expect(ask.mock.calls[1]).toEqual([['a', 'b'], ['y']]);
  expect(cells.cell('b', 'y')).toBe('b.y.0');
  expect(cells.cell('c', 'y')).toBeUndefined();
});

test('stale cells stay until the new ones are there, and only changed rows are drawn anew', async () => {
  const { ask, change } = server();
  const cells = new RunCells(ask);
  await cells.want(['a', 'b'], ['x']);
  const before = [cells.rowVersion('a'), cells.rowVersion('b')];
  change();
  cells.stale(['a']);
  expect(cells.cell('a', 'x')).toBe('a.x.0');
  await cells.want(['a', 'b'], ['x']);
  expect(cells.cell('a', 'x')).toBe('a.x.1');
  expect(cells.rowVersion('a')).toBeGreaterThan(before[0]!);
  expect(cells.rowVersion('b')).toBe(before[1]);
});

test('large wishes are cut into what the server answers', async () => {
  const { ask } = server();
  const cells = new RunCells(ask);
  const ids = Array.from({ length: 2500 }, (_, at) => String(at));
  await cells.want(ids, ['x']);
  expect(ask.mock.calls.map(([some]) => some.length)).toEqual([1000, 1000, 500]);
  expect(cells.has(ids, ['x'])).toBe(true);
});

test('what failed can be asked for again', async () => {
  const ask = vi.fn<AskRows>().mockRejectedValueOnce(new Error('away')).mockResolvedValue({ rows: [[1]], missing: [] });
  const cells = new RunCells(ask);
  await cells.want(['a'], ['x']);
  expect(cells.problem).toBeInstanceOf(Error);
  // Whoever stops asking while there is a problem begins again when the cells are called stale.
  cells.stale('all');
  expect(cells.problem).toBeNull();
  await cells.want(['a'], ['x']);
  expect(cells.problem).toBeNull();
  expect(cells.cell('a', 'x')).toBe(1);
});

test('runs seen longest ago are forgotten', async () => {
  const { ask } = server();
  const cells = new RunCells(ask);
  const many = Array.from({ length: RunCells.runsMax }, (_, at) => `r${at}`);
  await cells.want(['first'], ['x']);
  await cells.want(many, ['x']);
  expect(cells.cell('first', 'x')).toBeUndefined();
  expect(cells.cell('r0', 'x')).toBeDefined();
});
