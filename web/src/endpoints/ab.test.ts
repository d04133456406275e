import { expect, test } from 'vitest';
import { placeOn, spanOf } from './ab';

test('a span holds every value that is a number, with air', () => {
  const span = spanOf([1, 3, null, undefined, Number.NaN]);
  expect(span.from).toBeLessThan(1);
  expect(span.to).toBeGreaterThan(3);
  expect(spanOf([])).toEqual({ from: 0, to: 1 });
  expect(spanOf([2]).to).toBeGreaterThan(spanOf([2]).from);
});

test('what lies outside stands at the end', () => {
  expect(placeOn({ from: 0, to: 10 }, 5)).toBe(50);
  expect(placeOn({ from: 0, to: 10 }, 50)).toBe(100);
  expect(placeOn({ from: 0, to: 10 }, -50)).toBe(0);
});
