import { queryOptions } from '@tanstack/react-query';
import { post, postForBytes } from '../api/client';
import { column, type Column } from './columns';
import type { AskRows, Cell } from './runCells';
import { RunOrder } from './runOrder';
import { orderBy, wholeFilter, type RunsView } from './runsView';

/** Rows that a table can have: what one answer of the server holds. */
export const rowsMax = 100_000;

/** Runs whose columns decide which params and metrics vary. */
const sampled = 100;

/** Which runs a view shows, as the routes for tables and exports take it. */
export function asked(experiments: readonly string[], view: Pick<RunsView, 'filter' | 'name' | 'statuses' | 'sorts' | 'group' | 'deleted'>) {
  return {
    experiment_ids: [...experiments],
    filter: wholeFilter(view).filter,
    order_by: orderBy(view),
    run_view_type: view.deleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY',
  };
}

/** The ids of all runs that a view shows, in its order. */
export function orderQuery(experiments: readonly string[], view: Pick<RunsView, 'filter' | 'name' | 'statuses' | 'sorts' | 'group' | 'deleted'>) {
  const body = { ...asked(experiments, view), max: rowsMax };
  return queryOptions({
    queryKey: ['runs', 'order', body],
    queryFn: async ({ signal }) => RunOrder.read(await postForBytes('/api/slipway/v1/runs/order', body, signal)),
    // The same runs in the same order stay the same object: nothing is drawn anew.
    structuralSharing: (before, after) => (before instanceof RunOrder && after instanceof RunOrder && before.more === after.more && before.equals(after) ? before : after),
  });
}

/** Columns of some runs. */
export const askRows: AskRows = async (ids, fields) => {
  const answer = await post('/api/slipway/v1/runs/rows', { run_ids: [...ids], columns: [...fields] });
  return { rows: (answer.rows ?? []) as Cell[][], missing: answer.missing ?? [] };
};

export interface Key {
  key: string;
  runs?: number | undefined;
}

/** Keys that the runs of some experiments have. */
export function keysQuery(experiments: readonly string[], kind: 'metrics' | 'params' | 'tags', contains = '', max = 10_000) {
  return queryOptions({
    queryKey: ['runs', 'keys', experiments, kind, contains, max],
    queryFn: async ({ signal }) => {
      const answer = await post('/api/slipway/v1/runs/keys', { experiment_ids: [...experiments], kind, contains: contains || undefined, max }, { signal });
      return { keys: (answer.keys ?? []) as Key[], more: answer.more ?? false };
    },
    staleTime: 30_000,
  });
}

/** The params and metrics worth a column: those that differ between the newest runs, the ones that most runs have first. */
export function varyingQuery(experiments: readonly string[]) {
  return queryOptions({
    queryKey: ['runs', 'varying', experiments],
    staleTime: 60_000,
    queryFn: async ({ client, signal }): Promise<Column[]> => {
      const newest = { experiment_ids: [...experiments], order_by: ['attributes.start_time DESC'], run_view_type: 'ACTIVE_ONLY', max: sampled };
      const [metrics, params, order] = await Promise.all([
        client.fetchQuery(keysQuery(experiments, 'metrics', '', 1000)),
        client.fetchQuery(keysQuery(experiments, 'params', '', 1000)),
        postForBytes('/api/slipway/v1/runs/order', newest, signal).then((bytes) => RunOrder.read(bytes)),
      ]);
      const candidates = [...worth(metrics.keys, 60).map((key) => column('metrics', key)), ...worth(params.keys, 60).map((key) => column('params', key))];
      if (candidates.length === 0 || order.count === 0) return [];
      const { rows } = await askRows(
        order.ids(),
        candidates.map((one) => one.field),
      );
      return chosen(candidates, rows);
    },
  });
}

/** Keys that most runs have come first; what the machine does is not what an experiment is about. */
function worth(keys: readonly Key[], max: number): string[] {
  return keys
    .filter(({ key }) => !key.startsWith('system/'))
    .sort((a, b) => (b.runs ?? 0) - (a.runs ?? 0) || depth(a.key) - depth(b.key) || a.key.length - b.key.length)
    .slice(0, max)
    .map(({ key }) => key);
}

function depth(key: string): number {
  return key.split('/').length;
}

/** Of each kind the first five that differ; when nothing does, the first that are there at all. */
export function chosen(candidates: readonly Column[], rows: readonly (readonly Cell[])[]): Column[] {
  const differing = new Set<Column>();
  const present = new Set<Column>();
  candidates.forEach((one, at) => {
    const values = new Set((rows[at] ?? []).filter((value) => value !== null));
    if (values.size > 0) present.add(one);
    if (values.size > 1) differing.add(one);
  });
  return (['metrics', 'params'] as const).flatMap((kind) => {
    const ofKind = candidates.filter((one) => one.kind === kind);
    const varied = ofKind.filter((one) => differing.has(one));
    return (varied.length > 0 ? varied : ofKind.filter((one) => present.has(one))).slice(0, 5);
  });
}

/** Values that the newest runs have in a column of text, the most frequent first: what a filter is likely to ask for. */
export function valuesQuery(experiments: readonly string[], field: string) {
  return queryOptions({
    queryKey: ['runs', 'values', experiments, field],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<string[]> => {
      const newest = { experiment_ids: [...experiments], order_by: ['attributes.start_time DESC'], run_view_type: 'ACTIVE_ONLY', max: 500 };
      const order = RunOrder.read(await postForBytes('/api/slipway/v1/runs/order', newest, signal));
      if (order.count === 0) return [];
      const counts = new Map<string, number>();
      for (const value of (await askRows(order.ids(), [field])).rows[0] ?? []) if (value !== null && value !== '') counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
      return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
    },
  });
}
