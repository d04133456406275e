import { expect, test } from 'vitest';
import { besides, isFarFrom, isUnderWay, newestDone } from './evaluations';

const all = [
  { id: '4', status: 'RUNNING', dataset: 'holdout' },
  { id: '3', status: 'DONE', dataset: 'holdout', metrics: [{ metric: 'roc_auc', value: 0.91, low: 0.9, high: 0.92 }, { metric: 'f1', value: 0.8 }] },
  { id: '2', status: 'DONE', dataset: 'holdout', metrics: [{ metric: 'roc_auc', value: 0.5 }] },
  { id: '1', status: 'DONE', dataset: 'august', metrics: [{ metric: 'roc_auc', value: 0.88 }] },
  { id: '0', status: 'FAILED', dataset: 'july' },
];

test('the newest result of each data set counts, not what failed or is under way', () => {
  expect(newestDone(all).map(({ id }) => id)).toEqual(['1', '3']);
  expect(all.filter(isUnderWay).map(({ id }) => id)).toEqual(['4']);
});

test('claims stand beside what was computed, also under the names that programs give them', () => {
  const run = { data: { metrics: [{ key: 'test_auc', value: 0.99 as never }, { key: 'loss', value: 0.1 as never }] } };
  expect(besides(newestDone(all), run)).toEqual([
    { metric: 'roc_auc', claimed: 0.99, computed: [{ value: 0.88, low: undefined, high: undefined }, { value: 0.91, low: 0.9, high: 0.92 }] },
    { metric: 'f1', claimed: undefined, computed: [undefined, { value: 0.8, low: undefined, high: undefined }] },
  ]);
});

test('a claim is far off when it lies outside of the interval, or a hundredth away without one', () => {
  expect(isFarFrom(0.905, { value: 0.91, low: 0.9, high: 0.92 })).toBe(false);
  expect(isFarFrom(0.95, { value: 0.91, low: 0.9, high: 0.92 })).toBe(true);
  expect(isFarFrom(0.801, { value: 0.8, low: undefined, high: undefined })).toBe(false);
  expect(isFarFrom(0.85, { value: 0.8, low: undefined, high: undefined })).toBe(true);
});
