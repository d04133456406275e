import { postForBytes } from '../api/client';

/** A series that is asked for. */
export interface SeriesRef {
  run_id: string;
  key: string;
}

/** What the range of a chart is measured in. */
export type Axis = 'step' | 'time';

/** Points as they were logged. */
export interface Points {
  kind: 'points';
  x: Float64Array;
  y: Float64Array;
  /** The time of each point where x is the step, and the other way round. */
  other: Float64Array;
}

/** Stretches of the range; the least and the greatest value of each are exact. */
export interface Buckets {
  kind: 'buckets';
  xFirst: Float64Array;
  xLast: Float64Array;
  yFirst: Float64Array;
  yLast: Float64Array;
  yMin: Float64Array;
  yMax: Float64Array;
  /** Absent where computing it would have read every point. */
  yMean: Float64Array | null;
  count: Uint32Array;
  /** Points that are no finite number; absent where there are none. */
  gaps: { nan: Uint32Array; positive: Uint32Array; negative: Uint32Array } | null;
}

/** One series as the server answers it. */
export type Series = (Points | Buckets) & {
  /** The range that the answer is about. */
  from: number;
  to: number;
  /** How many points there are in it. */
  total: number;
  missing: boolean;
  damaged: boolean;
};

const flag = { points: 1, gaps: 2, missing: 4, damaged: 8, means: 16 };

/** Asks for series: as points when they are few, else in buckets. */
export async function readSeries(series: readonly SeriesRef[], buckets: number, x: Axis, range: { from?: number | undefined; to?: number | undefined }, signal?: AbortSignal): Promise<Series[]> {
  return decodeSeries(await postForBytes('/api/slipway/v1/metrics/series', { series: [...series], buckets, x, from: range.from, to: range.to }, signal));
}

/** Takes the answer apart; arrays lie in it and are not copied. Its bytes are those of docs/pages-api.md. */
export function decodeSeries(buffer: ArrayBuffer): Series[] {
  const view = new DataView(buffer);
  if (buffer.byteLength < 16 || view.getUint32(0, false) !== 0x534d5331) throw new Error('The answer is not one of series: is the server as new as this page? Load the page anew.');
  const blocks: Series[] = [];
  let at = 16;
  for (let left = view.getUint32(4, true); left > 0; left--) {
    const flags = view.getUint32(at, true);
    const n = view.getUint32(at + 4, true);
    const head = { from: view.getFloat64(at + 8, true), to: view.getFloat64(at + 16, true), total: view.getFloat64(at + 24, true), missing: (flags & flag.missing) !== 0, damaged: (flags & flag.damaged) !== 0 };
    at += 32;
    const doubles = () => {
      const array = new Float64Array(buffer, at, n);
      at += 8 * n;
      return array;
    };
    const counts = () => {
      const array = new Uint32Array(buffer, at, n);
      at += (4 * n + 7) & ~7;
      return array;
    };
    if (flags & flag.points) {
      blocks.push({ kind: 'points', x: doubles(), y: doubles(), other: doubles(), ...head });
    } else {
      const values = { xFirst: doubles(), xLast: doubles(), yFirst: doubles(), yLast: doubles(), yMin: doubles(), yMax: doubles(), yMean: flags & flag.means ? doubles() : null, count: counts() };
      blocks.push({ kind: 'buckets', ...values, gaps: flags & flag.gaps ? { nan: counts(), positive: counts(), negative: counts() } : null, ...head });
    }
  }
  return blocks;
}
