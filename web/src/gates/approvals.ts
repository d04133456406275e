import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query';
import type { Wire } from '../api/client';
import { given } from '../api/given';
import { call } from '../api/untyped';
import { useMay } from '../app/me';

/** Somebody asks that a version may go somewhere. */
export type ApprovalRequest = Wire['ApprovalRequest'] & { id: number; model: string; version: string; state: string };

/** One thing that was said or done about a request. */
export type ApprovalEntry = Wire['ApprovalEntry'];

/** What the inbox can be narrowed to. */
export const states = ['waiting', 'open', 'approved', 'done', 'rejected', 'expired', 'withdrawn'] as const;
export type InboxState = (typeof states)[number];

const pageMax = 50;

interface Page {
  requests?: ApprovalRequest[];
  waiting?: number;
  next_page_token?: string;
}

/** Requests in a state, the newest first, page by page; asked anew while somebody looks: others decide too. */
export function approvalsQuery(state: InboxState, model: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['approvals', 'list', state, model],
    queryFn: ({ pageParam, signal }) =>
      call<Page>('GET', '/api/slipway/v1/approvals', { query: given({ state: state === 'waiting' ? 'open' : state, waiting: state === 'waiting' ? true : undefined, model, max_results: pageMax, page_token: pageParam }), signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
    refetchInterval: 15_000,
  });
}

/** One request with its checks and everything that was said. */
export function approvalQuery(id: number) {
  return queryOptions({
    queryKey: ['approvals', 'one', id],
    queryFn: ({ signal }) => call<ApprovalRequest>('GET', '/api/slipway/v1/approvals/{id}', { path: { id }, signal }),
    refetchInterval: 10_000,
  });
}

/** What waits for the caller: how many, and the newest few. */
export const waitingQuery = queryOptions({
  queryKey: ['approvals', 'waiting'],
  queryFn: async ({ signal }) => {
    const page = await call<Page>('GET', '/api/slipway/v1/approvals', { query: { state: 'open', waiting: true, max_results: 5 }, signal });
    return { count: page.waiting ?? 0, newest: page.requests ?? [] };
  },
  refetchInterval: 60_000,
  staleTime: 15_000,
});

/** Whether the server has these routes: every page asks, and a route that is not there is an error in its console. */
const answered: boolean = false;

/** How many requests wait for who looks at the page; none for who sees no models. */
export function useWaiting(): { count: number; newest: readonly ApprovalRequest[] } {
  const may = useMay();
  return useQuery({ ...waitingQuery, enabled: answered && may('ReadModels') }).data ?? { count: 0, newest: [] };
}

/** What can be done about a request. */
export type Act = 'approve' | 'reject' | 'comments' | 'withdraw';

/** Does it; an approval says which evidence it was given for. */
export function act(request: ApprovalRequest, what: Act, comment: string): Promise<unknown> {
  const body = given({ comment: comment.trim() || undefined, evidence_digest: what === 'approve' ? request.evidence_digest : undefined });
  return call('POST', `/api/slipway/v1/approvals/{id}/${what}`, { path: { id: request.id }, body });
}
