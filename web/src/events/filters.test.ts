import { expect, test } from 'vitest';
import { filter, filtered, time } from './filters';

const now = 1_700_000_000_000;

test.each([
  ['30m', now - 1_800_000],
  ['24h', now - 86_400_000],
  ['7d', now - 7 * 86_400_000],
  ['999999d', 0],
  ['7w', undefined],
  ['', undefined],
  ['-1d', undefined],
  ['2026-13-01', undefined],
  ['2026-11-21T08:30', new Date(2026, 10, 21, 8, 30).getTime()],
  ['2026-11-21', new Date(2026, 10, 21).getTime()],
])('%s is a time or none', (text, at) => expect(time(text, now)).toBe(at));

test('the open event and the reach over workspaces are no filters', () => {
  expect(filtered({ event: 3, all: true })).toBe(false);
  expect(filtered({ refused: true })).toBe(true);
  expect(filter({ event: 3, kind: 'run', since: '1h' }, now)).toEqual({ kind: 'run', since: now - 3_600_000 });
});
