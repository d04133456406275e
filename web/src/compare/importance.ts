import { queryOptions } from '@tanstack/react-query';
import { send } from '../api/client';
import { literal } from '../tracking/experiments';
import type { ComparedRun } from './runs';

/** How much a metric depends on one param. */
export interface ParamWeight {
  param: string;
  importance: number;
  correlation?: number | null;
  kind: 'numeric' | 'categorical';
  distinct: number;
  missing: number;
}

/** What the params of runs say about a metric. */
export interface Importance {
  runs: number;
  target: string;
  explained: number;
  params: ParamWeight[];
  note?: string;
}

/** A metric as routes name it: `metrics.loss`, `min(metrics.loss)`; a key of other characters stands in backticks. */
export function targetOf(key: string, which: 'last' | 'min' | 'max'): string {
  const field = `metrics.${/^[\w.]+$/.test(key) ? key : `\`${key.replaceAll('`', '``')}\``}`;
  return which === 'last' ? field : `${which}(${field})`;
}

/** Asks the server how much a metric of these runs depends on each param. */
export function importanceQuery(runs: readonly ComparedRun[], target: string) {
  const ids = runs.map((run) => run.id);
  return queryOptions({
    queryKey: ['compare', 'importance', ids, target],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<Importance> => {
      const body = { experiment_ids: [...new Set(runs.map((run) => run.experiment))], filter: `attributes.run_id IN (${ids.map(literal).join(', ')})`, target };
      const answer = await send('/api/slipway/v1/runs/importance', { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' }, signal });
      return (await answer.json()) as Importance;
    },
  });
}
