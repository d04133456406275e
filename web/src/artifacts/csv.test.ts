import { expect, test } from 'vitest';
import { parseCsv, separatorOf } from './csv';

const comma = 0x2c;
const bytes = (text: string) => new TextEncoder().encode(text);
const all = (text: string) => parseCsv(bytes(text), comma, true).rows;

test('quotes, line ends in cells, CRLF and empty cells', () => {
  expect(all('a,b\r\n"x ""y"", z",2\r\n"two\nlines",\r\n')).toEqual([['a', 'b'], ['x "y", z', '2'], ['two\nlines', '']]);
  expect(all('a,b')).toEqual([['a', 'b']]);
  expect(all('a,')).toEqual([['a', '']]);
  expect(all('')).toEqual([]);
  expect(all('\n\n')).toEqual([[''], ['']]);
  expect(all('"a"tail,b\n')).toEqual([['atail', 'b']]);
  expect(all('"never closed,x\ny')).toEqual([['never closed,x\ny']]);
  expect(all('größe,🚀\n')).toEqual([['größe', '🚀']]);
});

test('however a file is cut into pieces, the rows are the same', () => {
  const cell = (seed: number) => ['', 'plain', 'a "quote"', 'x,y', 'line\nend', 'größe 🚀', '\r', 'x'.repeat(seed % 50)][seed % 8]!;
  const rows = Array.from({ length: 40 }, (_, i) => Array.from({ length: 4 }, (_, j) => cell(i * 31 + j * 7)));
  const written = rows.map((row) => row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')).join('\r\n') + '\r\n';
  const file = bytes(written);
  for (let size = 7; size < 400; size += 13) {
    const read: string[][] = [];
    let at = 0;
    let piece = size;
    while (at < file.length) {
      const last = at + piece >= file.length;
      const { rows: some, used } = parseCsv(file.subarray(at, at + piece), comma, last);
      read.push(...some);
      if (used === 0 && !last) piece *= 2;
      else piece = size;
      at += used;
    }
    expect(read).toEqual(rows);
  }
});

test('a huge cell is one cell', () => {
  const huge = 'y'.repeat(3_000_000);
  expect(all(`a,"${huge}"\nb,c\n`)[0]![1]).toHaveLength(huge.length);
  expect(parseCsv(bytes(`a,"${huge}`), comma, false)).toEqual({ rows: [], used: 0 });
});

test('no more rows than asked for', () => {
  const { rows, used } = parseCsv(bytes('1\n2\n3\n4\n'), comma, true, 2);
  expect(rows).toEqual([['1'], ['2']]);
  expect(used).toBe(4);
});

test('the separator is what the first line has most of', () => {
  expect(separatorOf('a.csv', bytes('a;b;c,d\n'))).toBe(0x3b);
  expect(separatorOf('a.tsv', bytes('a,b,c\n'))).toBe(0x09);
  expect(separatorOf('a.csv', bytes('one'))).toBe(comma);
});
