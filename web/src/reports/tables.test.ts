import { beforeEach, expect, test } from 'vitest';
import { chance } from '../compare/chance';
import { dropDraft, keepDraft, readDraft } from './drafts';
import { matrixOf, numberColumns, placesFrom, xyOf } from './embedding';
import { heatOf, heatOfCurves, parseHistograms, stepOfName } from './histogram';
import { planeOf } from './pca';
import { cellText, imageOf, parseCsv, parseJsonTable } from './tableFile';

const next = chance(7);

test('the plane is that of the two greatest variances, by the definition of covariance', () => {
  for (let round = 0; round < 20; round++) {
    const [rows, columns] = [30, 2 + Math.floor(next() * 4)];
    const values = Float64Array.from({ length: rows * columns }, (_, i) => (next() - 0.5) * (1 + 3 * (i % columns)) + 100);
    const { points, shares } = planeOf(values, columns);
    const mean = Array.from({ length: columns }, (_, c) => Array.from({ length: rows }, (_, r) => values[r * columns + c]!).reduce((a, b) => a + b) / rows);
    const covariance = Array.from({ length: columns }, (_, a) => Array.from({ length: columns }, (_, b) => Array.from({ length: rows }, (_, r) => (values[r * columns + a]! - mean[a]!) * (values[r * columns + b]! - mean[b]!)).reduce((x, y) => x + y)));
    const eigen = jacobi(covariance).sort((a, b) => b - a);
    const total = eigen.reduce((a, b) => a + b);
    expect(shares[0]).toBeCloseTo(eigen[0]! / total, 4);
    expect(shares[1]).toBeCloseTo(eigen[1]! / total, 4);
    const [xs, ys] = [0, 1].map((axis) => Array.from({ length: rows }, (_, r) => points[2 * r + axis]!));
    expect(xs!.reduce((sum, x, i) => sum + x * ys![i]!, 0) / total).toBeCloseTo(0, 4);
  }
});

/** Eigenvalues of a symmetric matrix by rotations: slow, and another way than that which is tested. */
function jacobi(matrix: number[][]): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (Math.abs(a[p]![q]!) < 1e-12) continue;
        const angle = 0.5 * Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++) [a[k]![p], a[k]![q]] = [c * a[k]![p]! - s * a[k]![q]!, s * a[k]![p]! + c * a[k]![q]!];
        for (let k = 0; k < n; k++) [a[p]![k], a[q]![k]] = [c * a[p]![k]! - s * a[q]![k]!, s * a[p]![k]! + c * a[q]![k]!];
      }
    }
  }
  return a.map((row, i) => row[i]!);
}

test('points that are all the same, or on one line, are no fault', () => {
  expect([...planeOf(Float64Array.of(1, 1, 1, 1), 2).points]).toEqual([0, 0, 0, 0]);
  const line = planeOf(Float64Array.of(0, 0, 1, 2, 2, 4), 2);
  expect(line.shares[0]).toBeCloseTo(1, 9);
  expect(planeOf(new Float64Array(0), 3).points).toHaveLength(0);
});

test('columns of an embedding are found by name, else all numbers are taken', () => {
  const table = parseCsv('label,X,y,z\na,1,2,3\nb,4,,6\nc,7,8,9');
  expect(xyOf(table, undefined, undefined)).toEqual([1, 2]);
  expect(xyOf(table, 'z', 'x')).toEqual([3, 1]);
  expect(xyOf(table, 'no', 'x')).toBeNull();
  expect(numberColumns(table)).toEqual([1, 2, 3]);
  expect(placesFrom(table, 1, 2)).toMatchObject({ rows: [0, 2] });
  expect([...matrixOf(table, [1, 3]).values]).toEqual([1, 3, 4, 6, 7, 9]);
});

test('histograms on common edges keep their sums, for any histograms', () => {
  for (let round = 0; round < 100; round++) {
    const histograms = Array.from({ length: 1 + Math.floor(next() * 5) }, (_, step) => {
      let edge = next() * 10 - 5;
      const edges = [edge, ...Array.from({ length: 1 + Math.floor(next() * 8) }, () => (edge += next() < 0.1 ? 0 : next()))];
      return { step: 5 - step, edges, counts: edges.slice(1).map(() => Math.floor(next() * 100)) };
    });
    const heat = heatOf(histograms, 20);
    expect(heat.steps).toEqual([...heat.steps].sort((a, b) => a - b));
    heat.steps.forEach((step, i) => {
      const own = histograms.find((one) => one.step === step)!;
      expect(heat.counts[i]!.reduce((a, b) => a + b, 0)).toBeCloseTo(own.counts.reduce((a, b) => a + b, 0), 6);
      expect(heat.counts[i]!.every((count) => count >= 0)).toBe(true);
    });
  }
  expect(heatOf([]).steps).toEqual([]);
});

test('values of curves are counted once each', () => {
  const curve = { x: Float64Array.of(0, 1, 2, 3), mid: Float64Array.of(1, NaN, 5, 5), low: null, high: null };
  const heat = heatOfCurves([curve, curve], 4, 4);
  expect(heat.counts.flat().reduce((a, b) => a + b, 0)).toBe(6);
  expect(heat.counts[0]![0]).toBe(2);
  expect(heat.counts[3]![3]).toBe(2);
});

test('files of histograms are read in their forms, others are named', () => {
  expect(parseHistograms('h/w%step%7.json', '{"edges":[0,1,2],"counts":[3,4]}')).toEqual([{ step: 7, edges: [0, 1, 2], counts: [3, 4] }]);
  expect(parseHistograms('h.json', '{"histograms":[{"step":1,"bins":[0,1],"values":[2]},{"step":2,"bins":[0,1],"values":[3]}]}').map((one) => one.step)).toEqual([1, 2]);
  for (const wrong of ['{}', '[1]', '[null]', '{"edges":[0,1],"counts":[1,2]}', '{"edges":[1,0],"counts":[1]}', '{"edges":[0,"1"],"counts":[1]}']) expect(() => parseHistograms('x', wrong)).toThrow();
  expect([stepOfName('a/w_step_12.json'), stepOfName('a/w-3.json'), stepOfName('a/w.json')]).toEqual([12, 3, null]);
});

test('comma-separated values are read with quotes, line ends and gaps', () => {
  expect(parseCsv('\uFEFFa,b\r\n"x, ""y""\nz",1e3\r\n,0x\n')).toEqual({ columns: ['a', 'b'], rows: [['x, "y"\nz', 1000], [null, '0x']] });
  expect(parseCsv('').rows).toEqual([]);
  expect(parseCsv('a\tb\n1\t2', '\t').rows).toEqual([[1, 2]]);
});

test('tables are read as log_table writes them, as objects, and as one object a line', () => {
  const expected = { columns: ['a', 'b'], rows: [[1, 'x'], [2, null]] };
  expect(parseJsonTable('{"columns":["a","b"],"data":[[1,"x"],[2,null]]}')).toEqual(expected);
  expect(parseJsonTable('[{"a":1,"b":"x"},{"a":2}]')).toEqual(expected);
  expect(parseJsonTable('{"a":1,"b":"x"}\n{"a":2}')).toEqual(expected);
  expect(parseJsonTable('[{"__proto__":{"a":1}}]').rows).toEqual([[{ a: 1 }]]);
  for (const wrong of ['{}', '{"columns":1,"data":2}', 'x']) expect(() => parseJsonTable(wrong)).toThrow();
});

test('a cell is a picture only when it says so', () => {
  expect(imageOf({ type: 'image', filepath: 'images/a.png', compressed_filepath: 'images/a%compressed.webp' })).toBe('images/a%compressed.webp');
  for (const cell of [null, 'images/a.png', { type: 'image' }, { filepath: 'a' }, { type: 'image', filepath: 7 }]) expect(imageOf(cell)).toBeNull();
  expect(cellText({ a: 1n })).toBe('{"a":"1"}');
});

beforeEach(() => localStorage.clear());

test('drafts are kept, the oldest of many are forgotten, and damaged ones are none', () => {
  for (let i = 0; i < 25; i++) expect(keepDraft(`r${i}`, { title: 't', text: `${i}`, version: 1, at: i })).toBe(true);
  expect(readDraft('r24')?.text).toBe('24');
  expect(readDraft('r0')).toBeNull();
  dropDraft('r24');
  expect(readDraft('r24')).toBeNull();
  for (const damaged of ['{', 'null', '7', '{"title":1}']) {
    localStorage.setItem('slipway.draft.report.x', damaged);
    expect(readDraft('x')).toBeNull();
  }
});
