import { expect, test } from 'vitest';
import type { Stay } from './models';
import { ranAt, rowsOf, spanOf, ticksOf } from './timeline';

const hour = 3_600_000;
const stays: Stay[] = [
  { alias: 'champion', version: '2', from_ms: 10 * hour, until_ms: undefined },
  { alias: 'champion', version: '1', from_ms: 0, until_ms: 10 * hour, rolled_back: true },
  { stage: 'Staging', version: '3', from_ms: 2 * hour, until_ms: 8 * hour },
  { stage: 'Staging', version: '2', from_ms: 1 * hour, until_ms: 9 * hour },
  { stage: 'Archived', version: '1', from_ms: 10 * hour },
];

test('bars lie in shares of the line, the champion first, the archive last', () => {
  const rows = rowsOf(stays, { from: 0, to: 20 * hour });
  expect(rows.map(({ slot }) => slot.name)).toEqual(['champion', 'Staging', 'Archived']);
  expect(rows[0]!.bars.map(({ from, width, open }) => [from, width, open])).toEqual([
    [0, 0.5, false],
    [0.5, 0.5, true],
  ]);
});

test('versions that share a stage lie below each other, those of an alias never', () => {
  const [alias, stage] = rowsOf(stays, { from: 0, to: 20 * hour });
  expect(alias!.lanes).toBe(1);
  expect(stage!.lanes).toBe(2);
  expect(stage!.bars.map(({ stay, lane }) => [stay.version, lane])).toEqual([
    ['2', 0],
    ['3', 1],
  ]);
});

test('what ended before the line begins is not on it, and what began before is cut', () => {
  const rows = rowsOf(stays, { from: 8.5 * hour, to: 10.5 * hour });
  expect(rows.find(({ slot }) => slot.name === 'Staging')!.bars.map(({ stay }) => stay.version)).toEqual(['2']);
  expect(rows[0]!.bars[0]).toMatchObject({ from: 0, width: 0.75 });
});

test('what ran at a time begins with its first and ends before its last millisecond', () => {
  expect(ranAt(stays, 10 * hour).map(({ version }) => version)).toEqual(['2', '1']);
  expect(ranAt(stays, 10 * hour - 1).map(({ version }) => version)).toEqual(['1']);
  expect(ranAt(stays, -1)).toEqual([]);
});

test('a line is from the first stay or the last days until now, and never empty', () => {
  expect(spanOf(stays, 20 * hour, undefined)).toEqual({ from: 0, to: 20 * hour });
  expect(spanOf(stays, 72 * hour, 1)).toEqual({ from: 48 * hour, to: 72 * hour });
  expect(spanOf([{ from_ms: 5 * hour }], 5 * hour, undefined).from).toBe(5 * hour - 60_000);
});

test('there are as many ticks as there is room for, within the line, from a minute to a century', () => {
  for (const length of [60_000, hour, 24 * hour, 30 * 24 * hour, 400 * 24 * hour, 36_500 * 24 * hour]) {
    const ticks = ticksOf({ from: 1_700_000_000_000, to: 1_700_000_000_000 + length }, 6);
    expect(ticks.length, String(length)).toBeGreaterThan(0);
    expect(ticks.length, String(length)).toBeLessThanOrEqual(7);
    expect(ticks.every(({ at }) => at >= 0 && at <= 1)).toBe(true);
  }
});
