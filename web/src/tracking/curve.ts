import type { Series } from './series';
import { smooth } from './smoothing';

/** How curves are drawn; the same for all charts of a page. */
export interface CurveLook {
  /** Weight of the moving average, 0 to 0.99. */
  smoothing: number;
  log: boolean;
  /** Share of values left out at each end, in percent: 0 shows everything. */
  clip: 0 | 1 | 5;
}

/** A series made ready to draw. */
export interface Curve {
  x: Float64Array;
  /** What is drawn strongly: the values, or their moving average. */
  line: Float64Array;
  /** The values themselves where the line is an average, else null. */
  raw: Float64Array | null;
  /** Where several points stand for one: the least and the greatest of them. Never smoothed. */
  band: { from: Float64Array; to: Float64Array; min: Float64Array; max: Float64Array } | null;
  /** What is shown of y; null leaves it to the chart. */
  range: { min: number; max: number };
  /** Points (or stretches, where several points stand for one) that lie beyond what is shown. */
  outside: number;
  /** Points that are no finite number, with the x of some of them to mark. */
  gaps: { nan: number; positive: number; negative: number; at: { x: number; kind: 'nan' | 'positive' | 'negative' }[] };
  /** On a logarithmic scale what is zero or less cannot be drawn. */
  notPositive: number;
  /** How many points there are in the range. */
  total: number;
}

const marksMax = 200;

/** Makes a curve of a series. */
export function curveOf(series: Series, look: CurveLook): Curve {
  const gaps: Curve['gaps'] = { nan: 0, positive: 0, negative: 0, at: [] };
  const mark = (kind: 'nan' | 'positive' | 'negative', x: number, count: number) => {
    if (count === 0) return;
    gaps[kind] += count;
    if (gaps.at.length < marksMax) gaps.at.push({ x, kind });
  };

  let x: Float64Array;
  let values: Float64Array;
  let band: Curve['band'] = null;
  if (series.kind === 'points') {
    x = series.x;
    values = series.y;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) mark(Number.isNaN(value) ? 'nan' : value > 0 ? 'positive' : 'negative', x[i]!, 1);
    }
  } else {
    const n = series.count.length;
    x = new Float64Array(n);
    values = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      x[i] = (series.xFirst[i]! + series.xLast[i]!) / 2;
      // The mean where the server knows it, else the last point; the band shows what either leaves out.
      values[i] = series.yMean?.[i] ?? series.yLast[i]!;
      if (!Number.isFinite(values[i]!)) values[i] = Number.isFinite(series.yMax[i]!) ? series.yMax[i]! : NaN;
      if (series.gaps) {
        mark('nan', x[i]!, series.gaps.nan[i]!);
        mark('positive', x[i]!, series.gaps.positive[i]!);
        mark('negative', x[i]!, series.gaps.negative[i]!);
      }
    }
    band = { from: series.xFirst, to: series.xLast, min: series.yMin, max: series.yMax };
  }

  const { range, outside, notPositive } = rangeOf(values, band, look);
  const line = smooth(values, look.smoothing);
  return { x, line, raw: look.smoothing > 0 ? values : null, band, range, outside, gaps, notPositive, total: series.total };
}

/** What is shown of y, and how much lies beyond it. */
function rangeOf(values: Float64Array, band: Curve['band'], look: CurveLook): { range: Curve['range']; outside: number; notPositive: number } {
  const finite: number[] = [];
  let notPositive = 0;
  const take = (value: number) => {
    if (!Number.isFinite(value)) return;
    if (look.log && value <= 0) notPositive++;
    else finite.push(value);
  };
  if (band) {
    band.min.forEach(take);
    band.max.forEach(take);
  } else {
    values.forEach(take);
  }
  if (finite.length === 0) return { range: { min: look.log ? 0.1 : 0, max: 1 }, outside: 0, notPositive };

  finite.sort((a, b) => a - b);
  const low = look.clip === 0 ? finite[0]! : quantile(finite, look.clip / 100);
  const high = look.clip === 0 ? finite.at(-1)! : quantile(finite, 1 - look.clip / 100);
  let outside = 0;
  if (look.clip > 0) {
    const beyond = (value: number) => value < low || value > high;
    if (band) for (let i = 0; i < band.min.length; i++) outside += beyond(band.min[i]!) || beyond(band.max[i]!) ? 1 : 0;
    else values.forEach((value) => (outside += Number.isFinite(value) && beyond(value) ? 1 : 0));
  }
  return { range: padded(low, high, look.log), outside, notPositive };
}

/** The value below which a share of the sorted ones lies. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)]!;
  const above = sorted[Math.ceil(at)]!;
  return below + (above - below) * (at - Math.floor(at));
}

function padded(min: number, max: number, log: boolean): { min: number; max: number } {
  if (log) return min === max ? { min: min / 2, max: max * 2 } : { min: min / 1.1, max: max * 1.1 };
  const room = min === max ? Math.abs(min) * 0.1 || 1 : (max - min) * 0.05;
  return { min: min - room, max: max + room };
}
