/** The tabs of a comparison. */
export const tabs = { charts: 'Charts', parallel: 'Parallel', scatter: 'Scatter', contour: 'Contour', importance: 'Importance', params: 'Params', tags: 'Tags', environment: 'Environment', code: 'Code', datasets: 'Datasets', images: 'Images' } as const;

export type Tab = keyof typeof tabs;

/** What a chart's x stands for. */
export type Across = 'step' | 'time' | 'relative';

/** What the address says of a comparison: which runs, and how they are looked at. */
export interface CompareSearch {
  /** Ids with commas; without them, the runs of a query. */
  runs?: string | undefined;
  experiments?: string | undefined;
  filter?: string | undefined;
  order?: string | undefined;
  top?: number | undefined;
  tab?: Tab | undefined;
  /** Metric keys that are drawn. */
  keys?: string[] | undefined;
  x?: Across | undefined;
  smooth?: number | undefined;
  log?: true | undefined;
  group?: string | undefined;
  band?: 'deviation' | undefined;
  hide?: string[] | undefined;
  zoom?: [number, number] | undefined;
  /** Axes of the parallel coordinates, and which stretch of each is chosen. */
  axes?: string[] | undefined;
  brush?: Record<string, [number, number]> | undefined;
  color?: string | undefined;
  across?: string | undefined;
  up?: string | undefined;
  size?: string | undefined;
  baseline?: string | undefined;
  /** Rows of a table that are alike are shown too. */
  alike?: true | undefined;
  /** The two runs whose code is laid side by side. */
  sides?: [string, string] | undefined;
  image?: string | undefined;
  at?: number | undefined;
  /** Which value of a metric matters; the last if absent. */
  of?: 'min' | 'max' | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
}

function finite(value: unknown): number | undefined {
  const read = typeof value === 'string' ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
}

function texts(value: unknown, max: number): string[] | undefined {
  if (!Array.isArray(value)) return text(value) === undefined ? undefined : [text(value)!];
  const kept = value.map(text).filter((one) => one !== undefined);
  return kept.length > 0 ? kept.slice(0, max) : undefined;
}

function range(value: unknown): [number, number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [from, to] = [finite(value[0]), finite(value[1])];
  return from === undefined || to === undefined || from >= to ? undefined : [from, to];
}

function ranges(value: unknown): Record<string, [number, number]> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const kept = Object.entries(value).flatMap(([name, one]) => (range(one) ? [[name, range(one)!] as const] : []));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** Reads an address; what makes no sense is left out. */
export function compareSearch(search: Record<string, unknown>): CompareSearch {
  const sides = texts(search.sides, 2);
  const smooth = finite(search.smooth);
  const top = finite(search.top);
  const x = text(search.x);
  return {
    runs: text(search.runs),
    experiments: text(search.experiments),
    filter: text(search.filter),
    order: text(search.order),
    top: top === undefined ? undefined : Math.min(100, Math.max(1, Math.round(top))),
    tab: Object.keys(tabs).find((one) => one === search.tab) as Tab | undefined,
    keys: texts(search.keys, 50),
    x: x === 'time' || x === 'relative' ? x : undefined,
    smooth: smooth === undefined || smooth <= 0 ? undefined : Math.min(0.99, smooth),
    log: search.log === true || undefined,
    group: text(search.group),
    band: search.band === 'deviation' ? 'deviation' : undefined,
    hide: texts(search.hide, 100),
    zoom: range(search.zoom),
    axes: texts(search.axes, 20),
    brush: ranges(search.brush),
    color: text(search.color),
    across: text(search.across),
    up: text(search.up),
    size: text(search.size),
    baseline: text(search.baseline),
    alike: search.alike === true || undefined,
    sides: sides?.length === 2 ? [sides[0]!, sides[1]!] : undefined,
    image: text(search.image),
    at: finite(search.at),
    of: search.of === 'min' || search.of === 'max' ? search.of : undefined,
  };
}
