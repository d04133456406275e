import type { ComparedRun } from './runs';

/** Metric keys for charts: those with curves before those with a single point, then those that most runs have, then by name. */
export function byUse(runs: readonly ComparedRun[]): string[] {
  const keys = new Map<string, { runs: number; curved: boolean }>();
  for (const run of runs) {
    for (const key of run.metrics.keys()) {
      const before = keys.get(key);
      keys.set(key, { runs: (before?.runs ?? 0) + 1, curved: (before?.curved ?? false) || run.curved.has(key) });
    }
  }
  return [...keys].sort(([a, x], [b, y]) => Number(y.curved) - Number(x.curved) || y.runs - x.runs || a.localeCompare(b, 'en', { numeric: true })).map(([key]) => key);
}
