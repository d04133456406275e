import { expect, test } from 'vitest';
import { chance } from './chance';
import { contourLine, interpolated, valueAt } from './contour';
import { bucketsFor, curveOf, smoothed, strokeOf, type Curve } from './curves';
import { bandOf, groupsOf } from './groups';
import { linesOf } from './lines';
import type { ComparedRun } from './runs';

const next = chance(3);

function curve(x: number[], mid: number[], low?: number[], high?: number[]): Curve {
  return { x: Float64Array.from(x), mid: Float64Array.from(mid), low: low ? Float64Array.from(low) : null, high: high ? Float64Array.from(high) : null };
}

/** What a band is by definition, one place at a time. */
function naive(curves: readonly Curve[], at: number) {
  const values = curves.flatMap((one) => {
    const points = [...one.x].map((x, i) => [x, one.mid[i]!] as const).filter(([, y]) => Number.isFinite(y));
    if (points.length === 0 || at < points[0]![0] || at > points.at(-1)![0]) return [];
    const place = points.findLastIndex(([x]) => x <= at);
    const [x0, y0] = points[place]!;
    const [x1, y1] = points[place + 1] ?? points[place]!;
    return [x1 === x0 ? y0 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0)];
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  return { mean, deviation, least: Math.min(...values), greatest: Math.max(...values) };
}

test('mean and band are what their definitions say, for any curves', () => {
  for (let round = 0; round < 100; round++) {
    const curves = Array.from({ length: 1 + Math.floor(next() * 6) }, () => {
      let x = Math.floor(next() * 5);
      const xs = Array.from({ length: 1 + Math.floor(next() * 12) }, () => (x += 1 + Math.floor(next() * 3)));
      return curve(xs, xs.map(() => (next() < 0.1 ? NaN : 1e6 + next())));
    });
    const [range, deviation] = [bandOf(curves, 'range'), bandOf(curves, 'deviation')];
    range.x.forEach((at, i) => {
      const expected = naive(curves, at);
      expect(range.mean[i]).toBeCloseTo(expected.mean, 6);
      expect(range.low[i]).toBeCloseTo(expected.least, 6);
      expect(range.high[i]).toBeCloseTo(expected.greatest, 6);
      expect(deviation.high[i]! - deviation.mean[i]!).toBeCloseTo(expected.deviation, 6);
    });
  }
});

test('a band reaches as far as the least and greatest of buckets', () => {
  const band = bandOf([curve([0, 1], [1, 1], [0, -5], [2, 9]), curve([0, 1], [1, 1])], 'range');
  expect([...band.low]).toEqual([0, -5]);
  expect([...band.high]).toEqual([2, 9]);
});

test('too many places become evenly spread ones, and nothing is nothing', () => {
  const xs = Array.from({ length: 5000 }, (_, i) => i);
  const band = bandOf([curve(xs, xs)], 'range', 100);
  expect(band.x).toHaveLength(100);
  expect(band.x[99]).toBe(4999);
  expect(band.mean[50]).toBeCloseTo(band.x[50]!, 9);
  expect(bandOf([], 'range').x).toHaveLength(0);
});

test('groups are by value, what has none comes last', () => {
  const run = (id: string, params: [string, string][]): ComparedRun => ({ id, name: id, experiment: '', status: '', start: null, end: null, params: new Map(params), metrics: new Map(), curved: new Set(), tags: new Map(), datasets: [] });
  expect(groupsOf([run('a', [['n', '10']]), run('b', []), run('c', [['n', '9']]), run('d', [['n', '10']])], 'params.n')).toEqual([
    { name: '9', members: [2] },
    { name: '10', members: [0, 3] },
    { name: 'without', members: [1] },
  ]);
  const runs = [run('a', [['n', '1']]), run('b', [['n', '1']])];
  const lines = linesOf(runs, [curve([0, 1], [1, 3]), curve([0, 1], [3, 5])], new Set(), { smooth: 0, groups: groupsOf(runs, 'params.n'), spread: 'range', bands: true });
  expect(lines.map((line) => [line.name, line.faint ?? false])).toEqual([['a', true], ['b', true], ['1 (2)', false]]);
  expect([...lines[2]!.points]).toEqual([0, 2, 1, 4]);
  const alone = linesOf(runs, [curve([0, 1], [1, 3]), curve([0, 1], [3, 5])], new Set(['b']), { smooth: 0, groups: groupsOf(runs, 'params.n'), spread: 'range', bands: true });
  expect([...alone.at(-1)!.points]).toEqual([0, 1, 1, 3]);
});

test('a line goes through the least and the greatest of each bucket', () => {
  for (let round = 0; round < 50; round++) {
    const n = 1 + Math.floor(next() * 20);
    const low = Array.from({ length: n }, () => next());
    const high = low.map((value) => value + (next() < 0.3 ? 0 : next()));
    const stroke = strokeOf(curve(low.map((_, i) => i), low, low, high));
    const seen = new Map<number, number[]>();
    for (let i = 0; i < stroke.length; i += 2) seen.set(stroke[i]!, [...(seen.get(stroke[i]!) ?? []), stroke[i + 1]!]);
    low.forEach((value, i) => {
      expect(Math.min(...seen.get(i)!)).toBe(value);
      expect(Math.max(...seen.get(i)!)).toBe(high[i]);
    });
  }
});

test('smoothing keeps what is constant, leaves gaps alone and stays between least and greatest', () => {
  expect([...smoothed(Float64Array.of(2, 2, NaN, 2), 0.9)].map((value) => Math.round(value * 1e9) / 1e9)).toEqual([2, 2, NaN, 2]);
  const values = Float64Array.from({ length: 100 }, () => next());
  expect([...smoothed(values, 0)]).toEqual([...values]);
  for (const value of smoothed(values, 0.8)) expect(value >= Math.min(...values) && value <= Math.max(...values)).toBe(true);
});

test('relative time counts from the start of the run', () => {
  const series = { kind: 'points' as const, x: Float64Array.of(1000, 3000), y: Float64Array.of(1, 2), other: Float64Array.of(0, 1), from: 0, to: 0, total: 2, missing: false, damaged: false };
  expect([...curveOf(series, 'relative', 500).x]).toEqual([500, 2500]);
  expect([...curveOf(series, 'relative', null).x]).toEqual([0, 2000]);
  expect([...curveOf(series, 'time', 500).x]).toEqual([1000, 3000]);
  expect(bucketsFor(1)).toBe(1000);
  expect(bucketsFor(100)).toBe(1000);
  expect(bucketsFor(5000)).toBe(100);
});

test('interpolation goes through the samples, never beyond them, and claims nothing far away', () => {
  for (let round = 0; round < 50; round++) {
    const samples = Array.from({ length: 1 + Math.floor(next() * 10) }, () => ({ x: next(), y: next(), value: next() * 10 - 5 }));
    for (const sample of samples) expect(valueAt(samples, sample.x, sample.y)).toBeCloseTo(sample.value, 9);
    const values = samples.map((sample) => sample.value);
    const field = interpolated(samples, 12, 12, 10);
    for (const value of field.values) expect(value >= Math.min(...values) - 1e-9 && value <= Math.max(...values) + 1e-9).toBe(true);
    // By the definition, at one place.
    const weights = samples.map((sample) => 1 / ((sample.x - 0.5) ** 2 + (sample.y - 0.5) ** 2));
    expect(valueAt(samples, 0.5, 0.5, 10)).toBeCloseTo(samples.reduce((sum, sample, i) => sum + sample.value * weights[i]!, 0) / weights.reduce((a, b) => a + b), 9);
  }
  expect(valueAt([{ x: 0, y: 0, value: 1 }], 1, 1)).toBeNaN();
  expect(valueAt([{ x: 0, y: 0, value: 1 }, { x: 0, y: 0, value: 3 }], 0, 0)).toBe(2);
});

test('a line of a height lies where the field has it', () => {
  const field = { columns: 5, rows: 5, values: Float64Array.from({ length: 25 }, (_, i) => (i % 5) + 0.5) };
  const segments = contourLine(field, 2);
  expect(segments).toHaveLength(4);
  // The field is five times x, so the line stands at two fifths.
  for (const [x1, , x2] of segments) expect([x1, x2].map((x) => Math.round(x * 1000) / 1000)).toEqual([0.4, 0.4]);
  expect(contourLine(field, 99)).toEqual([]);
});
