import { expect, test } from 'vitest';
import { isOnItsWay, isPromoted, shareOf } from './promotions';

test('only versions whose files a promotion put there ask where they came from', () => {
  expect(isPromoted({ source: 'mlflow-artifacts:/slipway-registry/promoted/0192' })).toBe(true);
  expect(isPromoted({ source: 'runs:/0192/model' })).toBe(false);
  expect(isPromoted({})).toBe(false);
});

test('how far a promotion is never leaves nought and one', () => {
  expect(shareOf({ bytes: 200, copied_bytes: 50 })).toBe(0.25);
  expect(shareOf({ bytes: 0, copied_bytes: 0 })).toBe(1);
  expect(shareOf({ bytes: 10, copied_bytes: 20 })).toBe(1);
  expect(shareOf({ bytes: 10 })).toBe(0);
});

test('what waits or runs is on its way, what failed is not', () => {
  expect(['WAITING', 'RUNNING', 'DONE', 'FAILED'].map((status) => isOnItsWay({ status }))).toEqual([true, true, false, false]);
});
