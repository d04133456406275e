import { queryOptions } from '@tanstack/react-query';
import { post } from '../api/client';

/** The least and the greatest value that a metric ever had. */
export type MetricRange = { min: number | string | null; max: number | string | null };

/** A key as the filter language takes it. */
export function quotedKey(key: string): string {
  return /^[A-Za-z0-9_.]+$/.test(key) ? key : `\`${key.replaceAll('`', '``')}\``;
}

/** Of at most a hundred metrics of a run, exactly. */
export function metricRanges(run: string, keys: readonly string[]) {
  return queryOptions({
    queryKey: ['run', run, 'ranges', keys],
    queryFn: async ({ signal }) => {
      const answer = await post('/api/slipway/v1/runs/rows', { run_ids: [run], columns: keys.flatMap((key) => [`min(metrics.${quotedKey(key)})`, `max(metrics.${quotedKey(key)})`]) }, { signal });
      const rows = (answer as { rows?: (number | string | null)[][] }).rows ?? [];
      return new Map<string, MetricRange>(keys.map((key, index) => [key, { min: rows[2 * index]?.[0] ?? null, max: rows[2 * index + 1]?.[0] ?? null }]));
    },
  });
}
