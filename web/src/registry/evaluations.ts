import { queryOptions } from '@tanstack/react-query';
import { address, send } from '../api/client';
import type { Run } from '../tracking/runs';
import { modelKey } from './models';

/** What Slipway computed of a version on one data set. */
export interface Scored {
  id?: string;
  status?: string;
  dataset?: string;
  dataset_version?: number;
  dataset_digest?: string;
  model_digest?: string;
  task?: string;
  metrics?: { metric?: string; value?: number | string | null; low?: number | null; high?: number | null }[];
  rows?: number;
  engines?: string;
  duration_ms?: number;
  problem?: string;
  created_by?: string;
  created_ms?: number;
}

/** Data that versions can be scored on. */
export interface EvalDataset {
  name?: string;
  versions?: { version?: number; format?: string; size?: number; target?: string }[];
}

const route = '/api/slipway/v1/models/{name}/versions/{version}/evaluations';

/** What Slipway computed of a version on pinned data, the newest first. While something is under way it is asked for again soon. */
export function evaluationsQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'evaluations', version],
    queryFn: async ({ signal }) => (await (await send(address(route, { name, version }, { max_results: 100 }), { signal })).json()) as { evaluations?: Scored[] },
    refetchInterval: (query) => (query.state.data?.evaluations?.some(isUnderWay) ? 1_500 : 15_000),
  });
}

/** The data sets that a version can be scored on. */
export const evalDatasetsQuery = queryOptions({
  queryKey: ['eval-datasets'],
  queryFn: async ({ signal }) => ((await (await send(address('/api/slipway/v1/eval-datasets', undefined, { max_results: 200 }), { signal })).json()) as { datasets?: EvalDataset[] }).datasets ?? [],
});

/** Asks for one; without metrics all that fit the model. */
export function evaluate(name: string, version: string, dataset: string, metrics: readonly string[]) {
  const body = { dataset, metrics: metrics.length > 0 ? metrics : undefined };
  return send(address(route, { name, version }), { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } });
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
      return found?.value === undefined || found.value === null ? undefined : { value: Number(found.value), low: found.low ?? undefined, high: found.high ?? undefined };
    }),
  }));
}

/** Whether a claim lies outside of what was computed: beyond its interval, or more than a hundredth away where there is none. */
export function isFarFrom(claimed: number, computed: Computed): boolean {
  if (computed.low !== undefined && computed.high !== undefined) return claimed < computed.low || claimed > computed.high;
  return Math.abs(claimed - computed.value) > 0.01 * Math.max(1e-12, Math.abs(computed.value));
}
