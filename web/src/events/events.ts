import { infiniteQueryOptions, queryOptions, type QueryClient } from '@tanstack/react-query';
import { address, get, send, workspace, type Wire } from '../api/client';
import { given } from '../api/given';
import { filter, type AuditSearch } from './filters';

/** One sealed event. */
export type Event = Wire['EventEntry'] & { position: number; at_ms: number; kind: string; subject: string };

/** The most events of one page. */
const pageMax = 200;

/** The events of an address, from the newest back. */
export function eventsQuery(search: AuditSearch) {
  const { event: _, ...filters } = search;
  return infiniteQueryOptions({
    queryKey: ['events', 'list', filters],
    queryFn: async ({ pageParam, signal }) => {
      const page = await get('/api/slipway/v1/events', { query: given({ ...filter(search, Date.now()), newest_first: true, before: pageParam, max_results: pageMax }), signal });
      return { events: (page.events ?? []) as Event[], next: page.next_before };
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next,
    // The newest come by themselves: what was read stays as it was.
    staleTime: Infinity,
    placeholderData: (before) => before,
  });
}

/** What came after a position, asked for every few seconds. */
export function newerQuery(search: AuditSearch, after: number | undefined) {
  const { event: _, until, ...filters } = search;
  return queryOptions({
    queryKey: ['events', 'newer', filters, after],
    queryFn: async ({ signal }) => ((await get('/api/slipway/v1/events', { query: given({ ...filter(search, Date.now()), after, max_results: pageMax }), signal })).events ?? []) as Event[],
    // A range that has ended gets nothing more.
    enabled: after !== undefined && until === undefined,
    refetchInterval: 3_000,
    staleTime: 0,
  });
}

/** Puts what came, oldest first, before what is shown; when more came than one page holds, the list is asked for anew. */
export async function prepend(queries: QueryClient, search: AuditSearch, newer: readonly Event[]): Promise<void> {
  const { queryKey } = eventsQuery(search);
  if (newer.length >= pageMax) return queries.resetQueries({ queryKey });
  queries.setQueryData(queryKey, (shown) => {
    const [first, ...rest] = shown?.pages ?? [];
    return shown && first && { ...shown, pages: [{ ...first, events: [...newer.toReversed(), ...first.events] }, ...rest] };
  });
}

/** One event by its position; undefined when it is not for the caller's eyes. */
export function eventQuery(position: number, all: boolean | undefined) {
  return queryOptions({
    queryKey: ['events', 'one', position, all],
    queryFn: async ({ signal }) => {
      const page = await get('/api/slipway/v1/events', { query: given({ after: position - 1, before: position + 1, max_results: 1, all }), signal });
      return ((page.events ?? []) as Event[])[0] ?? null;
    },
    staleTime: Infinity,
  });
}

/** Stores the events of an address as JSON Lines. */
export async function exportEvents(search: AuditSearch): Promise<void> {
  const url = address('/api/slipway/v1/audit/export', {}, filter(search, Date.now()));
  const link = document.createElement('a');
  link.download = 'audit.jsonl';
  if (workspace() === null) {
    // Straight to the disk, however long it is.
    link.href = url;
    link.click();
    return;
  }
  // Another workspace is named by a header, which a link does not have.
  const made = URL.createObjectURL(await (await send(url)).blob());
  link.href = made;
  link.click();
  setTimeout(() => URL.revokeObjectURL(made), 60_000);
}
