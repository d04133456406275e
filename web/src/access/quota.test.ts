import { expect, test } from 'vitest';
import { size, sizeText, whole } from './quota';

test.each([
  ['', null],
  ['1000', 1000],
  ['500 GB', 5e11],
  ['2,5tb', 2.5e12],
  ['1 KiB', 1024],
  ['0', 0],
  ['-1', undefined],
  ['5 apples', undefined],
  ['9999999 tb', undefined],
])('%s is a size or none', (text, bytes) => expect(size(text)).toBe(bytes));

test('what is typed from a size reads back as the same', () => {
  for (let round = 0; round < 2_000; round++) {
    const bytes = Math.floor(((round * 2_654_435_761) % 10 ** 6) * 10 ** (round % 9));
    expect(size(sizeText(bytes))).toBe(bytes);
  }
  for (const bytes of [0, 1e3, 1.5e9, 5e11, 2e12]) expect(size(sizeText(bytes))).toBe(bytes);
});

test('whole numbers have limits', () => {
  expect(whole('12', 0, 100)).toBe(12);
  expect(whole(' ', 0, 100)).toBe(null);
  for (const text of ['0', '101', '1.5', '-2', '1e3', 'x']) expect(whole(text, 1, 100)).toBe(undefined);
});
