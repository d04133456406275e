import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { given } from '../api/given';
import { call } from '../api/untyped';

/** What waits and what failed, of one kind. */
export interface Queue {
  kind: string;
  ready?: number;
  delayed?: number;
  running?: number;
  failed?: number;
  oldest_due_ms?: number;
  resident?: boolean;
  done_here?: number;
  failed_here?: number;
}

export interface Job {
  id: string;
  kind: string;
  name?: string;
  state: string;
  priority?: number;
  attempts?: number;
  attempts_max?: number;
  due_ms?: number;
  created_ms?: number;
  owner?: string;
  lease_until_ms?: number;
  error?: string;
  resident?: boolean;
}

/** One attempt that failed. */
export interface Failure {
  job_id?: string;
  kind?: string;
  name?: string;
  attempt?: number;
  owner?: string;
  from_ms?: number;
  until_ms?: number;
  error?: string;
}

export interface Schedule {
  name: string;
  kind?: string;
  cron?: string;
  time_zone?: string;
  every_ms?: number;
  next_ms?: number;
  last_ms?: number;
}

export const jobStates = ['READY', 'DELAYED', 'RUNNING', 'FAILED'] as const;
export type JobState = (typeof jobStates)[number];

/** Work moves on by itself: what is shown is asked anew every few seconds while somebody looks. */
const everyMs = 3_000;
const pageMax = 100;

export const queuesQuery = queryOptions({
  queryKey: ['jobs', 'queues'],
  queryFn: async ({ signal }) => (await call<{ queues?: Queue[] }>('GET', '/api/slipway/v1/jobs/queues', { signal })).queues ?? [],
  refetchInterval: everyMs,
});

export function jobsQuery(kind: string | undefined, state: JobState | undefined) {
  return infiniteQueryOptions({
    queryKey: ['jobs', 'list', kind, state],
    queryFn: ({ pageParam, signal }) => call<{ jobs?: Job[]; next_page_token?: string }>('GET', '/api/slipway/v1/jobs', { query: given({ kind, state, max_results: pageMax, page_token: pageParam }), signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
    refetchInterval: everyMs,
    placeholderData: (before) => before,
  });
}

export function failuresQuery(kind: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['jobs', 'failures', kind],
    queryFn: ({ pageParam, signal }) => call<{ failures?: Failure[]; next_page_token?: string }>('GET', '/api/slipway/v1/jobs/failures', { query: given({ kind, max_results: pageMax, page_token: pageParam }), signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
    refetchInterval: everyMs,
  });
}

export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ['jobs', 'one', id],
    queryFn: ({ signal }) => call<{ job?: Job; payload?: string; failures?: Failure[] }>('GET', '/api/slipway/v1/jobs/{id}', { path: { id }, signal }),
    refetchInterval: everyMs,
  });
}

export const schedulesQuery = queryOptions({
  queryKey: ['jobs', 'schedules'],
  queryFn: async ({ signal }) => (await call<{ schedules?: Schedule[] }>('GET', '/api/slipway/v1/jobs/schedules', { signal })).schedules ?? [],
  refetchInterval: 10_000,
});

export function retryJob(id: string): Promise<unknown> {
  return call('POST', '/api/slipway/v1/jobs/{id}/retry', { path: { id }, body: {} });
}

export function cancelJob(id: string): Promise<unknown> {
  return call('POST', '/api/slipway/v1/jobs/{id}/cancel', { path: { id }, body: {} });
}

export function runSchedule(name: string): Promise<unknown> {
  return call('POST', '/api/slipway/v1/jobs/schedules/{name}/run', { path: { name }, body: {} });
}
