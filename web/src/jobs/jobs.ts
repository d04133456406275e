import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, post, type Wire } from '../api/client';
import { given } from '../api/given';

/** What waits and what failed, of one kind. */
export type Queue = Wire['JobQueueSize'] & { kind: string };

export type Job = Wire['JobRecord'] & { id: string; kind: string; state: string };

/** One attempt that failed. */
export type Failure = Wire['JobFailure'];

export type Schedule = Wire['JobScheduleRecord'] & { name: string };

export const jobStates = ['READY', 'DELAYED', 'RUNNING', 'FAILED'] as const;
export type JobState = (typeof jobStates)[number];

/** Work moves on by itself: what is shown is asked anew every few seconds while somebody looks. */
const everyMs = 3_000;
const pageMax = 100;

export const queuesQuery = queryOptions({
  queryKey: ['jobs', 'queues'],
  queryFn: async ({ signal }) => ((await get('/api/slipway/v1/jobs/queues', { signal })).queues ?? []) as Queue[],
  refetchInterval: everyMs,
});

export function jobsQuery(kind: string | undefined, state: JobState | undefined) {
  return infiniteQueryOptions({
    queryKey: ['jobs', 'list', kind, state],
    queryFn: async ({ pageParam, signal }) => {
      const page = await get('/api/slipway/v1/jobs', { query: given({ kind, state, max_results: pageMax, page_token: pageParam }), signal });
      return { jobs: (page.jobs ?? []) as Job[], next: page.next_page_token };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: everyMs,
    placeholderData: (before) => before,
  });
}

export function failuresQuery(kind: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['jobs', 'failures', kind],
    queryFn: ({ pageParam, signal }) => get('/api/slipway/v1/jobs/failures', { query: given({ kind, max_results: pageMax, page_token: pageParam }), signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
    refetchInterval: everyMs,
  });
}

export function jobQuery(id: string) {
  return queryOptions({
    queryKey: ['jobs', 'one', id],
    queryFn: async ({ signal }) => {
      const { job, payload, failures } = await get('/api/slipway/v1/jobs/{id}', { path: { id }, signal });
      return { job: job as Job, payload, failures: failures ?? [] };
    },
    refetchInterval: everyMs,
  });
}

export const schedulesQuery = queryOptions({
  queryKey: ['jobs', 'schedules'],
  queryFn: async ({ signal }) => ((await get('/api/slipway/v1/jobs/schedules', { signal })).schedules ?? []) as Schedule[],
  refetchInterval: 10_000,
});

export function retryJob(id: string): Promise<unknown> {
  return post('/api/slipway/v1/jobs/{id}/retry', {}, { path: { id } });
}

export function cancelJob(id: string): Promise<unknown> {
  return post('/api/slipway/v1/jobs/{id}/cancel', {}, { path: { id } });
}

export function runSchedule(name: string): Promise<unknown> {
  return post('/api/slipway/v1/jobs/schedules/{name}/run', {}, { path: { name } });
}
