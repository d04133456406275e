import { queryOptions } from '@tanstack/react-query';
import { readSeries, type Series, type SeriesRef } from '../tracking/series';
import type { ComparedRun } from './runs';
import type { Across } from './search';

/** One run's metric, ready to be drawn: of points, or of buckets with the least and greatest value of each. */
export interface Curve {
  x: Float64Array;
  mid: Float64Array;
  low: Float64Array | null;
  high: Float64Array | null;
}

const none = new Float64Array(0);

/** A series along the chart's x; relative times count from the run's start. */
export function curveOf(series: Series, across: Across, start: number | null): Curve {
  const from = across === 'relative' ? (start ?? firstOf(series)) : 0;
  const shifted = (x: Float64Array) => (from === 0 ? x : x.map((at) => at - from));
  if (series.kind === 'points') return { x: shifted(series.x), mid: series.y, low: null, high: null };
  return { x: shifted(series.xFirst.map((at, i) => (at + series.xLast[i]!) / 2)), mid: series.yMean ?? series.yLast, low: series.yMin, high: series.yMax };
}

function firstOf(series: Series): number {
  return (series.kind === 'points' ? series.x[0] : series.xFirst[0]) ?? 0;
}

/** The points of a line, x and y in turn. Where a bucket spans values the line goes through its least and its greatest: no spike is left out. */
export function strokeOf({ x, mid, low, high }: Curve): Float64Array {
  if (low === null || high === null) return pairs(x, mid);
  const points = new Float64Array(x.length * 4);
  let at = 0;
  let before = NaN;
  for (let i = 0; i < x.length; i++) {
    const [a, b] = Math.abs(low[i]! - before) <= Math.abs(high[i]! - before) ? [low[i]!, high[i]!] : [high[i]!, low[i]!];
    points[at++] = x[i]!;
    points[at++] = a;
    if (a !== b && !(Number.isNaN(a) && Number.isNaN(b))) {
      points[at++] = x[i]!;
      points[at++] = b;
    }
    before = b;
  }
  return points.subarray(0, at);
}

/** x and y in turn. */
export function pairs(x: Float64Array, y: Float64Array): Float64Array {
  const points = new Float64Array(x.length * 2);
  for (let i = 0; i < x.length; i++) {
    points[2 * i] = x[i]!;
    points[2 * i + 1] = y[i]!;
  }
  return points;
}

/**
 * An exponential moving average without the bias of its beginning: each value weighs `weight` times less than the one after it. What is no number
 * stays a gap and does not weigh.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  if (weight <= 0) return values;
  const result = new Float64Array(values.length);
  let sum = 0;
  let mass = 0;
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      result[i] = NaN;
      return;
    }
    sum = sum * weight + value * (1 - weight);
    mass = mass * weight + (1 - weight);
    result[i] = sum / mass;
  });
  return result;
}

/** Buckets of each series, so that an answer stays a few megabytes however many series there are. */
export function bucketsFor(series: number): number {
  return Math.max(100, Math.min(1000, Math.floor(150_000 / Math.max(1, series))));
}

/** The curves of every key and run: those of the first key first, the runs in their order. One request, also for a zoom. */
export function curvesQuery(runs: readonly ComparedRun[], keys: readonly string[], across: Across, zoom: readonly [number, number] | undefined) {
  const ids = runs.map((run) => run.id);
  return queryOptions({
    queryKey: ['compare', 'curves', ids, keys, across, zoom],
    queryFn: ({ signal }) => readCurves(runs, keys, across, zoom, signal),
  });
}

async function readCurves(runs: readonly ComparedRun[], keys: readonly string[], across: Across, zoom: readonly [number, number] | undefined, signal: AbortSignal): Promise<Curve[][]> {
  if (runs.length === 0) return keys.map(() => []);
  const axis = across === 'step' ? 'step' : 'time';
  const buckets = bucketsFor(runs.length * keys.length);
  // Steps and milliseconds are whole; what was drawn on a chart is not.
  const [from, to] = zoom === undefined ? [undefined, undefined] : [Math.floor(zoom[0]), Math.ceil(zoom[1])];
  if (across === 'relative' && from !== undefined && to !== undefined) {
    // Each run has a range of its own then, and a request has but one.
    const own = await Promise.all(runs.map((run) => readSeries(keys.map((key) => ({ run_id: run.id, key })), buckets, axis, { from: (run.start ?? 0) + from, to: (run.start ?? 0) + to }, signal)));
    return keys.map((_, k) => runs.map((run, r) => curveOf(own[r]![k]!, across, run.start)));
  }
  const refs: SeriesRef[] = keys.flatMap((key) => runs.map((run) => ({ run_id: run.id, key })));
  const all: Series[] = [];
  for (let at = 0; at < refs.length; at += 5000) all.push(...(await readSeries(refs.slice(at, at + 5000), buckets, axis, { from, to }, signal)));
  return keys.map((_, k) => runs.map((run, r) => curveOf(all[k * runs.length + r] ?? { kind: 'points', x: none, y: none, other: none, from: 0, to: 0, total: 0, missing: true, damaged: false }, across, run.start)));
}
