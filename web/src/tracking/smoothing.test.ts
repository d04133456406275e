import { expect, test } from 'vitest';
import { smooth } from './smoothing';

test('a constant stays what it is, from the first point on', () => {
  for (const weight of [0.1, 0.5, 0.9, 0.999]) {
    const smoothed = smooth(new Float64Array(50).fill(7), weight);
    smoothed.forEach((value) => expect(value).toBeCloseTo(7, 9));
  }
});

test('nothing leaves the range of what it was made of', () => {
  for (let seed = 1; seed < 60; seed++) {
    const values = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i * seed) * seed);
    const smoothed = smooth(values, (seed % 10) / 10);
    const least = Math.min(...values);
    const greatest = Math.max(...values);
    smoothed.forEach((value) => expect(value >= least - 1e-9 && value <= greatest + 1e-9).toBe(true));
    expect(smoothed[0]).toBeCloseTo(values[0]!, 9);
  }
});

test('what is no number is passed by', () => {
  const smoothed = smooth(new Float64Array([1, NaN, 1, Infinity, 1]), 0.5);
  expect([...smoothed].map((value) => (Number.isFinite(value) ? Math.round(value) : value))).toEqual([1, NaN, 1, Infinity, 1]);
});

test('without weight the values come back untouched', () => {
  const values = new Float64Array([3, 1, 2]);
  expect(smooth(values, 0)).toBe(values);
});
