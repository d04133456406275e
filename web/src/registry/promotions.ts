import { queryOptions } from '@tanstack/react-query';
import { get, post, type Wire } from '../api/client';
import { modelKey, type Version } from './models';

/** A version on its way to another workspace, or there. */
export type Promotion = Wire['ModelPromotion'];

/** Where a promoted version came from, and what was known of it then. */
export type Origin = Wire['ModelOrigin'];

/** Where a version went, the newest first. While one is under way it is asked for again soon. */
export function promotionsQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'promotions', version],
    queryFn: async ({ signal }) => (await get('/api/slipway/v1/models/{name}/versions/{version}/promotions', { path: { name, version }, signal })).promotions ?? [],
    refetchInterval: (query) => (query.state.data?.some(isOnItsWay) ? 1_000 : 30_000),
  });
}

/** Where a version came from; only promoted ones have an answer. */
export function originQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'origin', version],
    queryFn: ({ signal }): Promise<Origin> => get('/api/slipway/v1/models/{name}/versions/{version}/origin', { path: { name, version }, signal }),
    staleTime: Infinity,
  });
}

/** Begins a promotion; a job makes it. */
export function promote(name: string, version: string, to: { workspace: string; model: string; reason: string }) {
  return post(
    '/api/slipway/v1/models/{name}/versions/{version}/promote',
    { workspace: to.workspace, reason: to.reason.trim(), ...(to.model.trim() !== '' && to.model.trim() !== name && { model: to.model.trim() }) },
    { path: { name, version } },
  );
}

export function isOnItsWay(one: Promotion): boolean {
  return one.status === 'WAITING' || one.status === 'RUNNING';
}

/** How much of a promotion's files is there, of one; an empty one is there at once. */
export function shareOf({ bytes = 0, copied_bytes = 0 }: Promotion): number {
  return bytes <= 0 ? 1 : Math.min(1, Math.max(0, copied_bytes / bytes));
}

/** Whether a version was promoted from another workspace: its files lie where promotions put them. */
export function isPromoted({ source }: Version): boolean {
  return source?.startsWith('mlflow-artifacts:/slipway-registry/promoted/') === true;
}
