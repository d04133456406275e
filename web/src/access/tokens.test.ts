import { expect, test } from 'vitest';
import { lines, marks, soonDays, until } from './tokens';

const day = 86_400_000;
const now = 1_700_000_000_000;

test('a token that ended is nothing but expired', () => expect(marks({ created_ms: 0, expires_ms: now }, now)).toEqual([{ text: 'Expired', look: 'bad' }]));

test('a token in use that ends within the year deserves no look', () => {
  for (let days = soonDays + 1; days <= 366; days++) expect(marks({ created_ms: now - day, expires_ms: now + days * day, used_ms: now }, now)).toEqual([]);
});

test('one that ends soon says in how many days, one that lasts says so', () => {
  for (let days = 1; days <= soonDays; days++) expect(marks({ created_ms: now, expires_ms: now + days * day, used_ms: now }, now)[0]!.text).toBe(`Expires in ${days} d`);
  expect(marks({ created_ms: now, expires_ms: now + day / 2, used_ms: now }, now)[0]!.text).toBe('Expires today');
  expect(marks({ created_ms: now, expires_ms: now + 400 * day, used_ms: now }, now)[0]!.text).toBe('Good for years');
  expect(marks({ created_ms: now, used_ms: now }, now)[0]!.text).toBe('Good for years');
});

test('what nobody uses is a warning after a season', () => {
  expect(marks({ created_ms: now - day, expires_ms: now + 90 * day }, now)).toEqual([{ text: 'Never used', look: '' }]);
  expect(marks({ created_ms: now - 91 * day, expires_ms: now + 90 * day }, now)).toEqual([{ text: 'Never used', look: 'warn' }]);
  expect(marks({ created_ms: 0, expires_ms: now + 90 * day, used_ms: now - 91 * day }, now)).toEqual([{ text: 'Unused for long', look: 'warn' }]);
});

test('an end lies ahead or behind', () => {
  expect(until(now, now)).toBe('expired');
  expect(until(now + 60_000, now)).toBe('in 1 h');
  expect(until(now + 5.5 * 3_600_000, now)).toBe('in 5 h');
  expect(until(now + 1.5 * day, now)).toBe('in a day');
  expect(until(now + 89 * day, now)).toBe('in 89 days');
  expect(until(now + 3_650 * day, now)).toMatch(/\d{4}/);
});

test('lines name the token, the server and a workspace that is not the default one', () => {
  for (const language of ['Python', '.NET', 'Command line'] as const) {
    const text = lines(language, 'https://ml.example.com', 'slw_1_2', 'team');
    for (const part of ['https://ml.example.com', 'slw_1_2', 'team']) expect(text).toContain(part);
    expect(lines(language, 'https://ml.example.com', 'slw_1_2', 'default')).not.toMatch(/workspace/i);
  }
});
