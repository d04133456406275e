import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query';
import { get, post, type Wire } from '../api/client';
import { given } from '../api/given';
import { useMay } from '../app/me';

/** Somebody asks that a version may go somewhere. */
export type ApprovalRequest = Wire['ApprovalRequest'] & { id: number; model: string; version: string; state: string };

/** One thing that was said or done about a request. */
export type ApprovalEntry = Wire['ApprovalEntry'];

/** What the inbox can be narrowed to. */
export const states = ['waiting', 'open', 'approved', 'done', 'rejected', 'expired', 'withdrawn'] as const;
export type InboxState = (typeof states)[number];

const pageMax = 50;

/** Requests in a state, the newest first, page by page; asked anew while somebody looks: others decide too. */
export function approvalsQuery(state: InboxState, model: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['approvals', 'list', state, model],
    queryFn: async ({ pageParam, signal }) => {
      const waiting = state === 'waiting';
      const page = await get('/api/slipway/v1/approvals', { query: given({ state: waiting ? 'open' : state, waiting: waiting || undefined, model, max_results: pageMax, page_token: pageParam }), signal });
      return { requests: (page.requests ?? []) as ApprovalRequest[], next: page.next_page_token };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: 15_000,
  });
}

/** One request with its checks and everything that was said. */
export function approvalQuery(id: number) {
  return queryOptions({
    queryKey: ['approvals', 'one', id],
    queryFn: async ({ signal }) => (await get('/api/slipway/v1/approvals/{id}', { path: { id: String(id) }, signal })) as ApprovalRequest,
    refetchInterval: 10_000,
  });
}

/** What waits for the caller: how many, and the newest few. */
export const waitingQuery = queryOptions({
  queryKey: ['approvals', 'waiting'],
  queryFn: async ({ signal }) => {
    const page = await get('/api/slipway/v1/approvals', { query: { state: 'open', waiting: true, max_results: 5 }, signal });
    return { count: page.waiting ?? 0, newest: (page.requests ?? []) as ApprovalRequest[] };
  },
  refetchInterval: 60_000,
  staleTime: 15_000,
});

/** How many requests wait for who looks at the page; none for who sees no models. */
export function useWaiting(): { count: number; newest: readonly ApprovalRequest[] } {
  const may = useMay();
  return useQuery({ ...waitingQuery, enabled: may('ReadModels') }).data ?? { count: 0, newest: [] };
}

/** What can be done about a request. */
export type Act = 'approve' | 'reject' | 'comments' | 'withdraw';

/** Does it; an approval says which evidence it was given for. */
export function act(request: ApprovalRequest, what: Act, comment: string): Promise<unknown> {
  const path = { id: String(request.id) };
  const body = given({ comment: comment.trim() || undefined, evidence_digest: what === 'approve' ? request.evidence_digest : undefined });
  switch (what) {
    case 'approve':
      return post('/api/slipway/v1/approvals/{id}/approve', body, { path });
    case 'reject':
      return post('/api/slipway/v1/approvals/{id}/reject', body, { path });
    case 'comments':
      return post('/api/slipway/v1/approvals/{id}/comments', body, { path });
    case 'withdraw':
      return post('/api/slipway/v1/approvals/{id}/withdraw', body, { path });
  }
}
