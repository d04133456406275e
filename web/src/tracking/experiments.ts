import { queryOptions } from '@tanstack/react-query';
import { get, post, type Wire } from '../api/client';

/** An experiment as lists show it. */
export type Experiment = Wire['Experiment'] & { experiment_id: string; name: string };

/** The tag that holds an experiment's or run's description, as MLflow's pages know it. */
export const noteTag = 'mlflow.note.content';

/** The value of a tag, or null. */
export function tag(tags: readonly { key?: string; value?: string }[] | undefined, key: string): string | null {
  return tags?.find((one) => one.key === key)?.value ?? null;
}

/** Text as a literal of the filter language. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** Text as a pattern that finds it anywhere; what stands for other things in patterns stands for itself. */
export function anywhere(text: string): string {
  return literal(`%${text}%`);
}

async function search(filter: string | undefined, view: 'ACTIVE_ONLY' | 'DELETED_ONLY', max: number, token: string | undefined, signal: AbortSignal) {
  const page = await post('/api/2.0/mlflow/experiments/search', { max_results: max, order_by: ['last_update_time DESC'], view_type: view, filter, page_token: token }, { signal });
  return { experiments: (page.experiments ?? []) as Experiment[], next: page.next_page_token };
}

/** The ones that changed last. */
export function recentExperiments(max: number) {
  return queryOptions({ queryKey: ['experiments', 'recent', max], queryFn: async ({ signal }) => (await search(undefined, 'ACTIVE_ONLY', max, undefined, signal)).experiments });
}

/** One page of those whose name holds a text. */
export function experimentsPage(text: string, deleted: boolean, token: string | undefined) {
  return queryOptions({
    queryKey: ['experiments', 'page', text, deleted, token],
    queryFn: ({ signal }) => search(text === '' ? undefined : `name ILIKE ${anywhere(text)}`, deleted ? 'DELETED_ONLY' : 'ACTIVE_ONLY', 200, token, signal),
  });
}

/** One experiment. */
export function experiment(id: string) {
  return queryOptions({
    queryKey: ['experiment', id],
    queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/experiments/get', { query: { experiment_id: id }, signal })).experiment as Experiment,
  });
}

/** What experiments hold: runs by state, last activity. */
export function overviews(ids: readonly string[]) {
  return queryOptions({
    queryKey: ['experiments', 'overview', ids],
    queryFn: async ({ signal }) => (ids.length === 0 ? [] : ((await post('/api/slipway/v1/experiments/overview', { experiment_ids: [...ids] }, { signal })).experiments ?? [])),
  });
}
