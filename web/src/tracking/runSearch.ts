/** The parts of a run's page, in the order of their tabs. */
export const runTabs = [
  { name: 'overview', label: 'Overview' },
  { name: 'metrics', label: 'Metrics' },
  { name: 'system', label: 'System' },
  { name: 'images', label: 'Images' },
  { name: 'params', label: 'Params' },
  { name: 'artifacts', label: 'Artifacts' },
  { name: 'code', label: 'Code and environment' },
  { name: 'data', label: 'Data and models' },
  { name: 'console', label: 'Console' },
  { name: 'children', label: 'Children' },
  { name: 'notes', label: 'Notes' },
  { name: 'history', label: 'History' },
] as const;

export type RunTab = (typeof runTabs)[number]['name'];

/** What charts are drawn along. */
export type ChartX = 'step' | 'time' | 'relative';

/** What the address says about the page of a run. What is as usual is left out of it. */
export interface RunSearch {
  tab?: RunTab | undefined;
  /** Finds metrics, params, files. */
  q?: string | undefined;
  /** Charts: axis, weight of the moving average, logarithmic, percent clipped at each end, and the range that is shown, in steps or milliseconds. */
  x?: ChartX | undefined;
  smooth?: number | undefined;
  log?: boolean | undefined;
  clip?: 1 | 5 | undefined;
  from?: number | undefined;
  to?: number | undefined;
  /** The key whose chart is enlarged. */
  chart?: string | undefined;
  view?: 'table' | undefined;
  /** The artifact that is shown. */
  path?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
}

function finite(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** Reads an address; what is none of it is left out. */
export function runSearch(search: Record<string, unknown>): RunSearch {
  const smooth = finite(search.smooth);
  return {
    tab: runTabs.find(({ name }) => name === search.tab && name !== 'overview')?.name,
    q: text(search.q),
    x: search.x === 'time' || search.x === 'relative' ? search.x : undefined,
    smooth: smooth !== undefined && smooth > 0 && smooth < 1 ? smooth : undefined,
    log: search.log === true || undefined,
    clip: search.clip === 1 || search.clip === 5 ? search.clip : undefined,
    from: finite(search.from),
    to: finite(search.to),
    chart: text(search.chart),
    view: search.view === 'table' ? 'table' : undefined,
    path: text(search.path),
  };
}
