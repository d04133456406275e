import { expect, test } from 'vitest';
import { pointsOf, totalOf } from './live';

test('arms add up, the worst p99 holds for all, and nobody divides by nothing', () => {
  const total = totalOf({ arms: [{ requests_per_second: 9, requests: 900, errors: 9, p50_us: 10, p99_us: 40 }, { requests_per_second: 1, requests: 100, errors: 1, p50_us: 20, p99_us: 400 }] });
  expect(total).toEqual({ rate: 10, requests: 1000, errors: 10, errorShare: 0.01, p50: 11, p99: 400 });
  expect(totalOf({})).toEqual({ rate: 0, requests: 0, errors: 0, errorShare: 0, p50: undefined, p99: undefined });
});

test('the newest second is now, the oldest farthest back', () => {
  expect(pointsOf([1, 2, 3], 10_000)).toEqual([
    [8_000, 1],
    [9_000, 2],
    [10_000, 3],
  ]);
  expect(pointsOf(undefined, 0)).toEqual([]);
});
