import type { Curve } from './curves';
import { valueOf, type FieldRef } from './fields';
import type { ComparedRun } from './runs';

/** Runs that have the same in a field. */
export interface Group {
  name: string;
  /** Their places in the list of all runs. */
  members: number[];
}

/** Groups runs by a field; those that have nothing in it are one group of their own, the last. */
export function groupsOf(runs: readonly ComparedRun[], by: FieldRef): Group[] {
  const groups = new Map<string | null, number[]>();
  runs.forEach((run, index) => {
    const value = valueOf(run, by);
    const name = value === null ? null : String(value);
    groups.set(name, [...(groups.get(name) ?? []), index]);
  });
  return [...groups]
    .map(([name, members]) => ({ name: name ?? 'without', members, last: name === null }))
    .sort((a, b) => Number(a.last) - Number(b.last) || a.name.localeCompare(b.name, 'en', { numeric: true }))
    .map(({ name, members }) => ({ name, members }));
}

/** The mean of several curves, and a band around it. */
export interface Band {
  x: Float64Array;
  mean: Float64Array;
  low: Float64Array;
  high: Float64Array;
}

/** What a band spans: from the least to the greatest value, or one standard deviation to each side. */
export type Spread = 'range' | 'deviation';

/**
 * The mean over those curves that reach to an x, at every x that one of them has, or at evenly spread ones when those are too many. Between its
 * points a curve is taken as straight; before its first and after its last it has no say.
 */
export function bandOf(curves: readonly Curve[], spread: Spread, max = 1000): Band {
  const clean = curves.map(finite).filter((curve) => curve.x.length > 0);
  const x = gridOf(clean, max);
  const [mean, low, high] = [new Float64Array(x.length), new Float64Array(x.length), new Float64Array(x.length)];
  const places = new Int32Array(clean.length);
  for (let i = 0; i < x.length; i++) {
    let [count, sum, squares, least, greatest] = [0, 0, 0, Infinity, -Infinity];
    clean.forEach((curve, c) => {
      if (x[i]! < curve.x[0]! || x[i]! > curve.x.at(-1)!) return;
      while (places[c]! + 1 < curve.x.length && curve.x[places[c]! + 1]! <= x[i]!) places[c]!++;
      const value = between(curve.x, curve.mid, places[c]!, x[i]!);
      count++;
      // Squares of distances, updated one by one: sums of squares lose every digit where the values are large and close together.
      const before = sum / Math.max(1, count - 1);
      sum += value;
      squares += count === 1 ? 0 : (value - before) * (value - sum / count);
      least = Math.min(least, curve.low === null ? value : between(curve.x, curve.low, places[c]!, x[i]!));
      greatest = Math.max(greatest, curve.high === null ? value : between(curve.x, curve.high, places[c]!, x[i]!));
    });
    const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
    mean[i] = count === 0 ? NaN : sum / count;
    low[i] = count === 0 ? NaN : spread === 'range' ? least : mean[i]! - deviation;
    high[i] = count === 0 ? NaN : spread === 'range' ? greatest : mean[i]! + deviation;
  }
  return { x, mean, low, high };
}

function between(x: Float64Array, y: Float64Array, place: number, at: number): number {
  const [x0, y0] = [x[place]!, y[place]!];
  if (at <= x0 || place + 1 >= x.length) return y0;
  const [x1, y1] = [x[place + 1]!, y[place + 1]!];
  return y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

/** A curve without what is no number; of several values at one x, the last. */
function finite({ x, mid, low, high }: Curve): Curve {
  const kept: number[] = [];
  x.forEach((at, i) => {
    if (!Number.isFinite(mid[i]!) || !Number.isFinite(at)) return;
    if (kept.length > 0 && x[kept.at(-1)!] === at) kept.pop();
    kept.push(i);
  });
  if (kept.length === x.length) return { x, mid, low, high };
  const pick = (from: Float64Array) => Float64Array.from(kept, (i) => from[i]!);
  return { x: pick(x), mid: pick(mid), low: low && pick(low), high: high && pick(high) };
}

function gridOf(curves: readonly Curve[], max: number): Float64Array {
  const all = new Set<number>();
  for (const curve of curves) {
    for (const at of curve.x) all.add(at);
    if (all.size > max * 4) break;
  }
  if (all.size <= max) return Float64Array.from(all).sort();
  const from = Math.min(...curves.map((curve) => curve.x[0]!));
  const to = Math.max(...curves.map((curve) => curve.x.at(-1)!));
  return Float64Array.from({ length: max }, (_, i) => from + ((to - from) * i) / (max - 1));
}
