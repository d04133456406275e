import { expect, test } from 'vitest';
import { ahead, canCancel, canRetry, needsLook, oldestAge, timesText } from './jobWords';
import { jobsSearch } from './search';

test('a queue needs a look when something failed or has been due for a minute, the server’s own loops only when they failed', () => {
  expect(needsLook({ kind: 'a', failed: 1 }, 0)).toBe(true);
  expect(needsLook({ kind: 'a', oldest_due_ms: 0 }, 60_001)).toBe(true);
  expect(needsLook({ kind: 'a', oldest_due_ms: 0 }, 60_000)).toBe(false);
  expect(needsLook({ kind: 'a', oldest_due_ms: 0, resident: true }, 1e9)).toBe(false);
});

test('times are told in words', () => {
  expect(oldestAge({ kind: 'a', oldest_due_ms: 1000 }, 6400)).toBe('5 s');
  expect(oldestAge({ kind: 'a', oldest_due_ms: 9000 }, 6400)).toBeNull();
  expect(oldestAge({ kind: 'a' }, 0)).toBeNull();
  expect(timesText({ name: 'n', every_ms: 300_000 })).toBe('every 5 min');
  expect(timesText({ name: 'n', cron: '0 3 * * *', time_zone: 'Europe/Berlin' })).toBe('0 3 * * *, Europe/Berlin');
  expect([ahead(90_000, 0), ahead(0, 1)]).toEqual(['in 1 min 30 s', 'now']);
});

test('what fits can be done: nothing with the server’s own loops', () => {
  const job = { id: '1', kind: 'a' };
  expect(canRetry({ ...job, state: 'FAILED' })).toBe(true);
  expect(canRetry({ ...job, state: 'RUNNING' })).toBe(false);
  expect([canRetry({ ...job, state: 'FAILED', resident: true }), canCancel({ ...job, state: 'RUNNING', resident: true })]).toEqual([false, false]);
});

test('an address says what makes sense, whatever is in it', () => {
  expect(jobsSearch({ tab: 'x', kind: 5, state: 'failed', job: 17 })).toEqual({ tab: undefined, kind: undefined, state: undefined, job: '17' });
  expect(jobsSearch({ state: 'FAILED', kind: 'a' })).toMatchObject({ state: 'FAILED', kind: 'a' });
});
