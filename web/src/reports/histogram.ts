import type { Curve } from '../compare/curves';

/** How many values lay between each two neighbouring edges, at one step. */
export interface Histogram {
  step: number;
  edges: number[];
  counts: number[];
}

/** Histograms over common edges: `counts[i]` belongs to `steps[i]`. */
export interface HistogramHeat {
  steps: number[];
  edges: number[];
  counts: number[][];
}

/** The step in a file's name: `weights%step%3.json`, `weights_step_3.json`, `weights-3.json`; null when there is none. */
export function stepOfName(path: string): number | null {
  const name = path.split('/').at(-1) ?? '';
  const found = /step[%+~_-]?(-?\d+)/i.exec(name) ?? /[%+~_-](\d+)\.json$/i.exec(name);
  return found === null ? null : Number(found[1]);
}

/** Reads one or several histograms: `{"edges", "counts"}` or `{"bins", "values"}`, with `step` or the step of the file's name. */
export function parseHistograms(path: string, text: string): Histogram[] {
  const read = JSON.parse(text) as unknown;
  const all = Array.isArray(read) ? read : typeof read === 'object' && read !== null && Array.isArray((read as { histograms?: unknown }).histograms) ? (read as { histograms: unknown[] }).histograms : [read];
  return all.map((one, index) => {
    const { step, edges, bins, counts, values } = (one ?? {}) as Record<string, unknown>;
    const [at, of] = [numbers(edges ?? bins), numbers(counts ?? values)];
    if (at === null || of === null || at.length !== of.length + 1) throw new Error(`'${path}' holds no histogram: expected {"edges": [n + 1 numbers], "counts": [n numbers]}.`);
    if (at.some((edge, i) => i > 0 && edge < at[i - 1]!)) throw new Error(`The edges in '${path}' do not rise.`);
    return { step: typeof step === 'number' ? step : (stepOfName(path) ?? index), edges: at, counts: of };
  });
}

function numbers(value: unknown): number[] | null {
  return Array.isArray(value) && value.length <= 10_000 && value.every((one) => typeof one === 'number' && Number.isFinite(one)) ? (value as number[]) : null;
}

/** Brings histograms onto edges that they share; what a bin counts is spread evenly over it. Nothing is lost or added. */
export function heatOf(histograms: readonly Histogram[], bins = 48): HistogramHeat {
  const sorted = [...histograms].sort((a, b) => a.step - b.step);
  const from = Math.min(...sorted.map((one) => one.edges[0]!));
  const to = Math.max(...sorted.map((one) => one.edges.at(-1)!));
  if (sorted.length === 0 || !Number.isFinite(from)) return { steps: [], edges: [], counts: [] };
  const width = (to - from || 1) / bins;
  const edges = Array.from({ length: bins + 1 }, (_, i) => from + width * i);
  const counts = sorted.map(({ edges: own, counts: of }) => {
    const row = new Array<number>(bins).fill(0);
    of.forEach((count, i) => {
      const [low, high] = [own[i]!, own[i + 1]!];
      if (high === low) {
        row[Math.min(bins - 1, Math.floor((low - from) / width))]! += count;
        return;
      }
      const [first, last] = [Math.max(0, Math.floor((low - from) / width)), Math.min(bins - 1, Math.floor((high - from) / width))];
      for (let bin = first; bin <= last; bin++) {
        const covered = Math.min(high, bin === bins - 1 ? Infinity : edges[bin + 1]!) - Math.max(low, edges[bin]!);
        if (covered > 0) row[bin]! += (count * covered) / (high - low);
      }
    });
    return row;
  });
  return { steps: sorted.map((one) => one.step), edges, counts };
}

/** How the values of a metric are spread over its steps: stretches of x as steps, over all curves together. */
export function heatOfCurves(curves: readonly Curve[], columns = 60, bins = 48): HistogramHeat {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, mid } of curves) {
    x.forEach((at, i) => {
      if (!Number.isFinite(mid[i]!)) return;
      [x0, x1, y0, y1] = [Math.min(x0, at), Math.max(x1, at), Math.min(y0, mid[i]!), Math.max(y1, mid[i]!)];
    });
  }
  if (!Number.isFinite(x0)) return { steps: [], edges: [], counts: [] };
  const [across, up] = [(x1 - x0 || 1) / columns, (y1 - y0 || 1) / bins];
  const counts = Array.from({ length: columns }, () => new Array<number>(bins).fill(0));
  for (const { x, mid } of curves) {
    x.forEach((at, i) => {
      if (Number.isFinite(mid[i]!)) counts[Math.min(columns - 1, Math.floor((at - x0) / across))]![Math.min(bins - 1, Math.floor((mid[i]! - y0) / up))]!++;
    });
  }
  return { steps: Array.from({ length: columns }, (_, i) => x0 + across * (i + 0.5)), edges: Array.from({ length: bins + 1 }, (_, i) => y0 + up * i), counts };
}
