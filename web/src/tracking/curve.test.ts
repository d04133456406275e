import { expect, test } from 'vitest';
import { curveOf, quantile, type CurveLook } from './curve';
import type { Series } from './series';

const plain: CurveLook = { smoothing: 0, log: false, clip: 0 };

function points(y: number[]): Series {
  return { kind: 'points', x: Float64Array.from(y, (_, i) => i), y: Float64Array.from(y), other: new Float64Array(y.length), from: 0, to: y.length, total: y.length, missing: false, damaged: false };
}

function buckets(min: number[], max: number[]): Series {
  const at = Float64Array.from(min, (_, i) => i * 10);
  return {
    kind: 'buckets', xFirst: at, xLast: at.map((x) => x + 9), yFirst: Float64Array.from(min), yLast: Float64Array.from(max), yMin: Float64Array.from(min), yMax: Float64Array.from(max),
    yMean: null, count: Uint32Array.from(min, () => 10), gaps: null, from: 0, to: min.length * 10, total: min.length * 10, missing: false, damaged: false,
  };
}

test('no spike of a stretch is hidden: it is within the band and within what is shown', () => {
  for (let spike = 1; spike < 1e9; spike *= 7) {
    const max = Array.from({ length: 100 }, () => 1);
    max[37] = spike;
    const curve = curveOf(buckets(max.map(() => 0), max), { ...plain, smoothing: 0.9 });
    expect(curve.band!.max[37]).toBe(spike);
    expect(curve.range.max).toBeGreaterThanOrEqual(spike);
  }
});

test('clipping says how many points lie outside, and without it none does', () => {
  for (let seed = 1; seed < 40; seed++) {
    const y = Array.from({ length: 200 }, (_, i) => Math.sin(i * seed) * 10);
    y[5] = 1e9;
    const clipped = curveOf(points(y), { ...plain, clip: 1 });
    expect(clipped.range.max).toBeLessThan(1e9);
    const sorted = [...y].sort((a, b) => a - b);
    const [low, high] = [quantile(sorted, 0.01), quantile(sorted, 0.99)];
    expect(clipped.outside).toBe(y.filter((value) => value < low || value > high).length);
    expect(curveOf(points(y), plain).outside).toBe(0);
  }
});

test('what is no number is counted by its kind and marked where it is', () => {
  const curve = curveOf(points([1, NaN, 2, Infinity, -Infinity, 3]), plain);
  expect(curve.gaps).toMatchObject({ nan: 1, positive: 1, negative: 1 });
  expect(curve.gaps.at.map(({ x }) => x)).toEqual([1, 3, 4]);
  expect(curve.range.min).toBeLessThan(1);
});

test('a logarithmic scale leaves out zero and less, and says so', () => {
  const curve = curveOf(points([0, -1, 1, 10]), { ...plain, log: true });
  expect(curve.notPositive).toBe(2);
  expect(curve.range.min).toBeGreaterThan(0);
});

test('one value, none, and only NaN have a range', () => {
  for (const y of [[], [5], [NaN], [0, 0]]) {
    const { range } = curveOf(points(y), plain);
    expect(range.max).toBeGreaterThan(range.min);
  }
});
