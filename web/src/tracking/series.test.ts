import { expect, test } from 'vitest';
import { decodeSeries } from './series';

/** Writes what a server answers, value by value. */
function answer(write: (put: { u32: (...values: number[]) => void; f64: (...values: number[]) => void; pad: () => void }) => void): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(4096));
  let at = 0;
  write({
    u32: (...values) => values.forEach((value) => { view.setUint32(at, value, true); at += 4; }),
    f64: (...values) => values.forEach((value) => { view.setFloat64(at, value, true); at += 8; }),
    pad: () => { at = (at + 7) & ~7; },
  });
  return view.buffer.slice(0, at);
}

const magic = 0x31534d53;

test('points, buckets and what is not there come in the order that was asked for', () => {
  const series = decodeSeries(
    answer(({ u32, f64, pad }) => {
      u32(magic, 3, 0, 0);
      u32(1, 2);
      f64(0, 9, 2, /* x */ 0, 9, /* y */ 0.5, NaN, /* other */ 100, 200);
      u32(2, 1);
      f64(0, 10, 7, /* first, last x */ 0, 10, /* first, last y */ 1, 2, /* least, greatest */ -3, Infinity);
      u32(7); pad();
      u32(2); pad();
      u32(1); pad();
      u32(0); pad();
      u32(4 | 1, 0);
      f64(0, 0, 0);
    }),
  );
  expect(series).toHaveLength(3);
  expect(series[0]).toMatchObject({ kind: 'points', total: 2, missing: false });
  expect(series[0]!.kind === 'points' && [...series[0]!.y]).toEqual([0.5, NaN]);
  expect(series[1]!.kind === 'buckets' && [series[1]!.yMin[0], series[1]!.count[0], series[1]!.gaps?.nan[0], series[1]!.gaps?.positive[0], series[1]!.yMean]).toEqual([-3, 7, 2, 1, null]);
  expect(series[2]).toMatchObject({ missing: true, total: 0 });
});

test('an answer of something else is named', () => {
  expect(() => decodeSeries(new ArrayBuffer(0))).toThrow(/not one of series/);
  expect(() => decodeSeries(new TextEncoder().encode('{"error": "a long enough text"}').buffer)).toThrow(/not one of series/);
});
