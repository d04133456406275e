import { expect, test } from 'vitest';
import { chance } from './chance';
import { against, chosenRows, sideBySide } from './differences';
import { flatEnvironment, requirements } from './environment';
import { fieldsOf, inBrushes, scaleOf, valueOf } from './fields';
import { targetOf } from './importance';
import { sideBySideLines } from './lineDiff';
import { byUse } from './metricKeys';
import type { ComparedRun } from './runs';
import { compareSearch } from './search';

function run(id: string, params: Record<string, string>, metrics: Record<string, number> = {}): ComparedRun {
  return { id, name: id, experiment: '1', status: 'FINISHED', start: 0, end: 10, params: new Map(Object.entries(params)), metrics: new Map(Object.entries(metrics)), curved: new Set(), tags: new Map(), datasets: [] };
}

test('only what differs is left: another value, or none', () => {
  const rows = sideBySide([new Map([['lr', '0.1'], ['seed', '1'], ['only', 'a']]), new Map([['lr', '0.2'], ['seed', '1']])]);
  expect(chosenRows(rows, false, '').map((row) => row.key)).toEqual(['lr', 'only']);
  expect(chosenRows(rows, true, '').map((row) => row.key)).toEqual(['lr', 'only', 'seed']);
  expect(chosenRows(rows, true, ' 0.2 ').map((row) => row.key)).toEqual(['lr']);
});

test('what differs is what a plain look at each pair of columns says, for any table', () => {
  const next = chance(5);
  for (let round = 0; round < 200; round++) {
    const columns = Array.from({ length: 1 + Math.floor(next() * 5) }, () => new Map(['a', 'b', '__proto__', 'constructor'].filter(() => next() < 0.7).map((key) => [key, next() < 0.5 ? '1' : '2'])));
    for (const row of sideBySide(columns)) {
      const differs = columns.some((one) => columns.some((other) => one.get(row.key) !== other.get(row.key)));
      expect(row.differs).toBe(differs);
      expect(row.values).toEqual(columns.map((column) => column.get(row.key)));
    }
  }
});

test('only numbers have a difference', () => {
  expect(against('0.3', '0.1')).toBeCloseTo(0.2);
  expect([against('adam', '1'), against('', '1'), against('1', '1'), against(undefined, '1')]).toEqual([null, null, null, null]);
});

test('params are numbers where all of them are, and logarithmic over three powers of ten', () => {
  const runs = [run('a', { lr: '0.0001', opt: 'sgd', n: '1' }), run('b', { lr: '0.1', opt: 'adam', n: 'many' })];
  expect(scaleOf(runs, 'params.lr')).toEqual({ kind: 'number', least: 0.0001, greatest: 0.1, log: true });
  expect(scaleOf(runs, 'params.n')).toEqual({ kind: 'category', categories: ['1', 'many'] });
  expect(valueOf(runs[0]!, 'params.toString')).toBeNull();
  expect(valueOf(runs[0]!, 'attributes.constructor')).toBeNull();
  expect(valueOf(runs[0]!, 'attributes.duration')).toBe(10);
  expect(fieldsOf([...runs, run('c', { same: 'x' })]).params[0]).toBe('params.lr');
});

test('a run is chosen when it lies in every stretch; categories by their places', () => {
  const runs = [run('a', { opt: 'adam' }, { loss: 0.1 }), run('b', { opt: 'lion' }, { loss: 0.2 }), run('c', { opt: 'sgd' }, { loss: 0.3 }), run('d', {}, { loss: 0.15 })];
  const scales = new Map(['params.opt', 'metrics.loss'].map((ref) => [ref, scaleOf(runs, ref)]));
  const chosen = (brush: Record<string, [number, number]>) => runs.filter((one) => inBrushes(one, brush, scales)).map((one) => one.id);
  expect(chosen({})).toEqual(['a', 'b', 'c', 'd']);
  expect(chosen({ 'metrics.loss': [0.12, 0.3] })).toEqual(['b', 'c', 'd']);
  expect(chosen({ 'metrics.loss': [0.12, 0.3], 'params.opt': [0.5, 1.5] })).toEqual(['b']);
});

test('texts side by side hold every line once, in order, for any two texts', () => {
  const next = chance(11);
  const any = () => Array.from({ length: Math.floor(next() * 12) }, () => 'abcd'[Math.floor(next() * 4)]!);
  for (let round = 0; round < 300; round++) {
    const [a, b] = [any(), any()];
    const pairs = sideBySideLines(a.join('\n'), b.join('\n'));
    expect(pairs.flatMap((pair) => pair.left ?? [])).toEqual(a);
    expect(pairs.flatMap((pair) => pair.right ?? [])).toEqual(b);
    expect(pairs.filter((pair) => pair.same).every((pair) => pair.left === pair.right)).toBe(true);
    expect(pairs.filter((pair) => pair.same)).toHaveLength(longestCommon(a, b));
  }
});

function longestCommon(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  a.forEach((one, i) => b.forEach((other, j) => (table[i + 1]![j + 1] = one === other ? table[i]![j]! + 1 : Math.max(table[i]![j + 1]!, table[i + 1]![j]!))));
  return table[a.length]![b.length]!;
}

test('an environment is flat, and a damaged one is none', () => {
  expect(flatEnvironment('{"host":"n1","command_line":["a","b"],"packages":{"X":"1"},"gpus":null}')).toEqual(new Map([['host', 'n1'], ['command_line', 'a b'], ['packages.X', '1']]));
  for (const broken of [null, '', '[', 'null', '7']) expect(flatEnvironment(broken).size).toBe(0);
  expect(requirements('numpy==2.0 # c\n\nscipy>=1\nx')).toEqual(new Map([['packages.numpy', '2.0'], ['packages.scipy', '>=1'], ['packages.x', 'any']]));
});

test('a metric is named as routes want it', () => {
  expect(targetOf('loss', 'min')).toBe('min(metrics.loss)');
  expect(targetOf('val/`loss', 'last')).toBe('metrics.`val/``loss`');
});

test('an address says what makes sense, whatever is in it', () => {
  expect(compareSearch({ runs: 'a,b', smooth: 7, tab: 'nonsense', zoom: [3, 1], keys: ['loss', 4, null], top: 1e9, hide: 'x' })).toMatchObject({ runs: 'a,b', smooth: 0.99, tab: undefined, zoom: undefined, keys: ['loss', '4'], top: 100, hide: ['x'] });
  const hostile: unknown[] = [null, {}, [], '', 'x', -1, NaN, Infinity, { toString: 1 }, [['a']], { a: [1, 'x'] }];
  for (const value of hostile) {
    for (const key of ['runs', 'keys', 'zoom', 'brush', 'smooth', 'sides', 'tab', 'axes', 'at']) expect(() => compareSearch({ [key]: value })).not.toThrow();
  }
});

test('charts begin with what has curves, then with what most runs have', () => {
  const runs = [run('a', {}, { accuracy: 1, final: 2, loss: 0.3 }), run('b', {}, { final: 2, loss: 0.1 })];
  runs[1]!.curved.add('loss');
  expect(byUse(runs)).toEqual(['loss', 'final', 'accuracy']);
});
