import { queryOptions } from '@tanstack/react-query';
import { get, post, type Wire } from '../api/client';
import type { Run } from '../tracking/runs';
import { modelKey } from './models';

/** What Slipway computed of a version on one data set. */
export type Scored = Wire['ModelEvaluation'];

/** What Slipway computed of a version on pinned data, the newest first. While something is under way it is asked for again soon. */
export function evaluationsQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'evaluations', version],
    queryFn: ({ signal }) => get('/api/slipway/v1/models/{name}/versions/{version}/evaluations', { path: { name, version }, query: { max_results: 100 }, signal }),
    refetchInterval: (query) => (query.state.data?.evaluations?.some(isUnderWay) ? 1_500 : 15_000),
  });
}

/** The data sets that a version can be scored on. */
export const evalDatasetsQuery = queryOptions({
  queryKey: ['eval-datasets'],
  queryFn: async ({ signal }) => (await get('/api/slipway/v1/eval-datasets', { query: { max_results: 200 }, signal })).datasets ?? [],
});

/** Asks for one; without metrics all that fit the model. */
export function evaluate(name: string, version: string, dataset: string, metrics: readonly string[]) {
  return post('/api/slipway/v1/models/{name}/versions/{version}/evaluations', { dataset, ...(metrics.length > 0 && { metrics: [...metrics] }) }, { path: { name, version } });
}

export function isUnderWay(one: Scored): boolean {
  return one.status === 'WAITING' || one.status === 'RUNNING';
}

/** A computed value with the interval that it lies in, where there is one. */
export interface Computed {
  value: number;
  low: number | undefined;
  high: number | undefined;
}

/** A metric as it was computed on each data set, beside what the run's program claims. */
export interface Beside {
  metric: string;
  claimed: number | undefined;
  /** One value a data set, in their order. */
  computed: (Computed | undefined)[];
}

/** Names under which programs log what Slipway computes. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  roc_auc: ['auc'],
  rmse: ['root_mean_squared_error'],
  mae: ['mean_absolute_error'],
  r2: ['r2_score'],
  accuracy: ['accuracy_score', 'acc'],
  f1: ['f1_score'],
  log_loss: ['logloss'],
};

/** The newest result on each data set, in the order of their names. */
export function newestDone(all: readonly Scored[]): Scored[] {
  const found = new Map<string, Scored>();
  for (const one of all) if (one.status === 'DONE' && !found.has(one.dataset ?? '')) found.set(one.dataset ?? '', one);
  return [...found.values()].sort((a, b) => (a.dataset ?? '').localeCompare(b.dataset ?? '', 'en', { numeric: true }));
}

/** Computed values beside claimed ones, one row a metric; what was only claimed is left out. */
export function besides(done: readonly Scored[], run: Run | undefined): Beside[] {
  const claims = new Map((run?.data?.metrics ?? []).map(({ key = '', value }) => [key.toLowerCase().replace(/^(test|val|valid|validation|eval|holdout)[_/-]/, ''), Number(value)]));
  const metrics = [...new Set(done.flatMap((one) => (one.metrics ?? []).map(({ metric = '' }) => metric)))];
  return metrics.map((metric) => ({
    metric,
    claimed: [metric, ...(alsoCalled[metric] ?? [])].map((name) => claims.get(name)).find((value) => value !== undefined),
    computed: done.map((one) => {
      const found = one.metrics?.find((each) => each.metric === metric);
      return found === undefined ? undefined : { value: Number(found.value), low: bound(found.low), high: bound(found.high) };
    }),
  }));
}

/** An end of an interval; where there is none nothing is sent. */
function bound(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

/** Whether a claim lies outside of what was computed: beyond its interval, or more than a hundredth away where there is none. */
export function isFarFrom(claimed: number, computed: Computed): boolean {
  if (computed.low !== undefined && computed.high !== undefined) return claimed < computed.low || claimed > computed.high;
  return Math.abs(claimed - computed.value) > 0.01 * Math.max(1e-12, Math.abs(computed.value));
}
