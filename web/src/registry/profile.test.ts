import { expect, test } from 'vitest';
import { fileName } from './exports';
import { changes, hasPassed, profileFields, type ProfileField } from './profile';

const empty = Object.fromEntries(profileFields.map(({ key }) => [key, ''])) as Record<ProfileField, string>;

test('only what was changed is sent, and an emptied field as empty', () => {
  const before = { owner: 'ada', team: 'delays', review_date: '2027-01-31' };
  expect(changes(before, { ...empty, owner: ' ada ', team: '', review_date: '2027-01-31', purpose: 'Lateness' })).toEqual({ team: '', purpose: 'Lateness' });
  expect(changes({}, empty)).toEqual({});
});

test('a day has passed when it lies behind in UTC, and what is no day never has', () => {
  const noon = Date.UTC(2027, 0, 31, 12);
  expect(hasPassed('2027-01-30', noon)).toBe(true);
  expect(hasPassed('2027-01-31', noon)).toBe(false);
  expect(hasPassed('soon', noon)).toBe(false);
  expect(hasPassed(undefined, noon)).toBe(false);
});

test('a file about a version has a name that every file system takes', () => {
  expect(fileName('late <flights> ü/..', '3', 'md')).toBe('late_flights_..-3.md');
});
