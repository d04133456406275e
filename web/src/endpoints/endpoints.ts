import { infiniteQueryOptions, queryOptions, type QueryClient } from '@tanstack/react-query';
import { given } from '../api/given';
import { ask } from './api';
import type { AbResult, Arm, ArmPlan, Capacity, Endpoint, Explanation, Key, Live, Prediction, PredictionLog, Revision, WholePrediction } from './wire';

/** Whatever is asked about one endpoint begins with this: one word makes all of it stale. */
export const endpointKey = (name: string) => ['endpoint', name] as const;

/** A workspace has at most so many: one answer holds all. */
const all = 1_000;

/** What a page shows of an endpoint's routes is asked anew while somebody looks; while a canary climbs, sooner. */
const everyMs = 5_000;
const liveEveryMs = 2_000;

export const endpointsQuery = queryOptions({
  queryKey: ['endpoints', 'list'],
  queryFn: async ({ signal }) => (await ask<{ endpoints?: Endpoint[] }>('GET', '/endpoints', { query: { max_results: all }, signal })).endpoints ?? [],
  refetchInterval: everyMs,
});

/** The endpoints that a model answers. */
export function endpointsOfModel(model: string) {
  return queryOptions({
    queryKey: ['endpoints', 'of model', model],
    queryFn: async ({ signal }) => (await ask<{ endpoints?: Endpoint[] }>('GET', '/endpoints', { query: { max_results: all, model }, signal })).endpoints ?? [],
    retry: false,
  });
}

export function endpointQuery(name: string) {
  return queryOptions({
    queryKey: [...endpointKey(name), 'endpoint'],
    queryFn: ({ signal }) => ask<Endpoint>('GET', '/endpoints/{name}', { path: { name }, signal }),
    refetchInterval: (query) => (query.state.data && isMoving(query.state.data) ? liveEveryMs : everyMs),
  });
}

export function liveQuery(name: string, everyMs = liveEveryMs) {
  return queryOptions({ queryKey: [...endpointKey(name), 'live'], queryFn: ({ signal }) => ask<Live>('GET', '/endpoints/{name}/live', { path: { name }, signal }), refetchInterval: everyMs, retry: false });
}

export function historyQuery(name: string) {
  return infiniteQueryOptions({
    queryKey: [...endpointKey(name), 'history'],
    queryFn: ({ pageParam, signal }) => ask<{ revisions?: Revision[]; next_page_token?: string }>('GET', '/endpoints/{name}/history', { path: { name }, query: given({ max_results: 50, page_token: pageParam }), signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token || undefined,
    refetchInterval: everyMs,
  });
}

/** What predictions are looked for. */
export interface PredictionsAsked {
  version?: string | undefined;
  arm?: string | undefined;
  status?: string | undefined;
  key?: string | undefined;
  id?: string | undefined;
}

export function predictionsQuery(name: string, asked: PredictionsAsked) {
  return infiniteQueryOptions({
    queryKey: [...endpointKey(name), 'predictions', asked],
    queryFn: ({ pageParam, signal }) =>
      ask<{ predictions?: Prediction[]; next_page_token?: string }>('GET', '/endpoints/{name}/predictions', { path: { name }, query: { ...asked, max_results: 100, page_token: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token || undefined,
    placeholderData: (before) => before,
  });
}

export function predictionQuery(id: string, endpoint: string) {
  return queryOptions({ queryKey: [...endpointKey(endpoint), 'prediction', id], queryFn: ({ signal }) => ask<WholePrediction>('GET', '/predictions/{id}', { path: { id }, query: { endpoint }, signal }), retry: false });
}

export function explanationQuery(id: string, endpoint: string, row: number) {
  return queryOptions({
    queryKey: [...endpointKey(endpoint), 'explanation', id, row],
    queryFn: ({ signal }) => ask<Explanation>('GET', '/predictions/{id}/explanation', { path: { id }, query: { endpoint, row }, signal }),
    retry: false,
    staleTime: Infinity,
  });
}

/** What the analysis of arms is asked for; what is absent the server chooses. */
export interface AbAsked {
  outcome?: string | undefined;
  measure?: string | undefined;
  kind?: string | undefined;
  control?: string | undefined;
  by?: string | undefined;
  missing?: string | undefined;
}

export function abQuery(name: string, asked: AbAsked) {
  return queryOptions({ queryKey: [...endpointKey(name), 'ab', asked], queryFn: ({ signal }) => ask<AbResult>('GET', '/endpoints/{name}/ab', { path: { name }, query: asked, signal }), retry: false, refetchInterval: 30_000, placeholderData: (before) => before });
}

export function logQuery(name: string) {
  return queryOptions({ queryKey: [...endpointKey(name), 'log'], queryFn: ({ signal }) => ask<PredictionLog>('GET', '/endpoints/{name}/prediction-log', { path: { name }, signal }), retry: false });
}

export function keysQuery(name: string) {
  return queryOptions({ queryKey: [...endpointKey(name), 'keys'], queryFn: async ({ signal }) => (await ask<{ keys?: Key[] }>('GET', '/endpoints/{name}/keys', { path: { name }, signal })).keys ?? [], retry: false });
}

export function capacityQuery(name: string) {
  return queryOptions({ queryKey: [...endpointKey(name), 'capacity'], queryFn: async ({ signal }) => (await ask<{ results?: Capacity[] }>('GET', '/endpoints/{name}/capacity', { path: { name }, signal })).results ?? [], retry: false });
}

/** How a version is to come: at once, beside the others, as a shadow, or up the ladder. */
export interface Deployment {
  model: string;
  version?: string | undefined;
  alias?: string | undefined;
  stage?: string | undefined;
  arm?: string | undefined;
  weight?: number | undefined;
  shadow?: boolean | undefined;
  canary?: { steps?: number[]; requests?: number; hold_seconds?: number } | undefined;
  reason?: string | undefined;
}

export const createEndpoint = (body: { name: string; arms: ArmPlan[]; reason?: string | undefined }) => ask<Endpoint>('POST', '/endpoints', { body });
export const deploy = (name: string, body: Deployment) => ask<Endpoint>('POST', '/endpoints/{name}/deploy', { path: { name }, body });
export const route = (name: string, body: { arms: ArmPlan[]; reason?: string | undefined; from_revision?: number | undefined }) => ask<Endpoint>('PUT', '/endpoints/{name}/arms', { path: { name }, body });
export const rollBack = (name: string, body: { reason: string; revision?: number | undefined }) => ask<Endpoint>('POST', '/endpoints/{name}/rollback', { path: { name }, body });
export const pause = (name: string, reason: string) => ask<Endpoint>('POST', '/endpoints/{name}/pause', { path: { name }, body: { reason } });
export const resume = (name: string, reason: string) => ask<Endpoint>('POST', '/endpoints/{name}/resume', { path: { name }, body: { reason } });
export const steer = (name: string, action: CanaryAction, reason: string) => ask<Endpoint>('POST', '/endpoints/{name}/canary', { path: { name }, body: { action, reason } });
export const change = (name: string, body: object) => ask<Endpoint>('PATCH', '/endpoints/{name}', { path: { name }, body });
export const removeEndpoint = (name: string) => ask<unknown>('DELETE', '/endpoints/{name}', { path: { name } });
export const saveLog = (name: string, body: PredictionLog) => ask<PredictionLog>('PUT', '/endpoints/{name}/prediction-log', { path: { name }, body });
export const makeKey = (name: string, body: object) => ask<{ token?: string; key?: Key }>('POST', '/endpoints/{name}/keys', { path: { name }, body });
export const revokeKey = (name: string, id: string) => ask<unknown>('DELETE', '/endpoints/{name}/keys/{id}', { path: { name, id } });

export type CanaryAction = 'promote' | 'abort' | 'hold' | 'go';

/** What everything that shows this endpoint shows next. */
export async function changed(queries: QueryClient, name: string, now?: Endpoint): Promise<void> {
  if (now) queries.setQueryData(endpointQuery(name).queryKey, now);
  await Promise.all([queries.invalidateQueries({ queryKey: endpointKey(name) }), queries.invalidateQueries({ queryKey: ['endpoints'] })]);
}

/** Whether something is under way that ends by itself. */
export function isMoving({ canary, arms = [] }: Endpoint): boolean {
  return canary?.state === 'running' || arms.some((arm) => arm.state === 'loading');
}

/** Whether something may be done with an endpoint; the server decides. */
export function mayDo(of: Endpoint, what: 'invoke' | 'write' | 'manage'): boolean {
  return of.rights === undefined || of.rights.includes(what);
}

/** The arm that most requests go to. */
export function mainArm({ arms = [] }: Endpoint): Arm | undefined {
  return arms.filter((arm) => !arm.shadow).reduce<Arm | undefined>((most, one) => (most === undefined || (one.weight ?? 0) > (most.weight ?? 0) ? one : most), undefined);
}

/** The share of an arm, of one: what the server says, or its weight by the sum of all that answer. */
export function shareOf(arm: Arm, arms: readonly Arm[]): number {
  if (arm.shadow) return 0;
  if (arm.share !== undefined) return arm.share;
  const sum = arms.reduce((total, one) => total + (one.shadow ? 0 : (one.weight ?? 0)), 0);
  return sum > 0 ? (arm.weight ?? 0) / sum : 0;
}

/** What an arm follows, as programs write it. */
export function armSource({ model, version, alias, stage }: Arm): string {
  return alias ? `${model}@${alias}` : stage ? `${model}/${stage}` : `${model}/${version ?? ''}`;
}
