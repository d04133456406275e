import { expect, test } from 'vitest';
import { ago, bytes, duration, exact, number } from './format';

test.each([
  [0, '0'],
  [1234567, '1,234,567'],
  [0.123456789, '0.12346'],
  [-0.5, '-0.5'],
  [1e-7, '1e-7'],
  [1.5e12, '1.5e12'],
  [Number.NaN, 'NaN'],
  ['NaN', 'NaN'],
  ['Infinity', '∞'],
  [-Infinity, '-∞'],
  [null, ''],
  ['not a number', 'not a number'],
])('number %s reads %s', (value, text) => expect(number(value)).toBe(text));

test('what is copied has every digit', () => {
  expect(exact(0.1 + 0.2)).toBe('0.30000000000000004');
  expect(exact('9007199254740993')).toBe('9007199254740993');
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_999, '1.0 MB'],
  [123_456_789, '123 MB'],
])('%s bytes read %s', (value, text) => expect(bytes(value)).toBe(text));

test.each([
  [0, '0 ms'],
  [12_300, '12.3 s'],
  [250_000, '4 min 10 s'],
  [3_600_000, '1 h'],
  [187_200_000, '2 d 4 h'],
])('%s ms read %s', (value, text) => expect(duration(value)).toBe(text));

test('times are told from now', () => {
  const now = Date.UTC(2026, 5, 15, 12);
  expect(ago(now - 2_000, now)).toBe('just now');
  expect(ago(now - 59_000, now)).toBe('59 s ago');
  expect(ago(now - 3_600_000, now)).toBe('1 h ago');
  expect(ago(now - 86_400_000, now)).toBe('yesterday');
  expect(ago(now + 30_000, now)).toBe('just now');
});
