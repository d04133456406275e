import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { Needs } from '../access/Needs';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { AuditFilters } from './AuditFilters';
import { EventDialog } from './EventDialog';
import { eventsQuery, exportEvents, newerQuery, prepend, type Event } from './events';
import { EventList } from './EventList';
import { filtered } from './filters';
import { Verification } from './Verification';
import './audit.css';

const none: readonly Event[] = [];

/** The event log: who did what to what, from where, and what it was before. */
export function AuditPage() {
  return (
    <Needs right="Audit">
      <Audit />
    </Needs>
  );
}

function Audit() {
  const search = useSearch({ from: '/settings/audit' });
  const navigate = useNavigate({ from: '/settings/audit' });
  const queries = useQueryClient();
  const [verifying, setVerifying] = useState(false);
  const pages = useInfiniteQuery(eventsQuery(search));
  const events = useMemo(() => pages.data?.pages.flatMap((page) => page.events) ?? [], [pages.data]);
  const newest = pages.isSuccess && !pages.isPlaceholderData ? (events[0]?.position ?? 0) : undefined;
  const newer = useQuery(newerQuery(search, newest)).data ?? none;
  const exporting = useMutation({ mutationFn: () => exportEvents(search) });
  // At the top of the list new events simply appear; further down they wait, so that nothing moves under the reader.
  useEffect(() => {
    if (newer.length > 0 && scrollY < 80) void prepend(queries, search, newer);
  }, [newer, queries, search]);

  return (
    <>
      <header className="page-head">
        <div>
          <h1>Audit</h1>
          <p className="settings-lead">Every change and every refused attempt, sealed so that nobody can alter it unseen.</p>
        </div>
        <div className="row">
          <Button onClick={() => setVerifying(true)}>
            <Icon name="shield" /> Verify
          </Button>
          <Button disabled={exporting.isPending} onClick={() => exporting.mutate()} title="All that these filters find, one JSON object a line">
            <Icon name="download" /> Export
          </Button>
        </div>
      </header>
      {verifying && <Verification onClose={() => setVerifying(false)} />}
      <AuditFilters />
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={10} height="2rem" />}
      {pages.data && events.length === 0 && !pages.hasNextPage && (
        <Empty title={filtered(search) ? 'No event fits' : 'No event yet'}>
          <p>{filtered(search) ? 'Take a filter away, or look at a longer time.' : 'The first change that somebody makes is the first event.'}</p>
        </Empty>
      )}
      {newer.length > 0 && (
        <Button
          look="primary"
          className="audit-newer"
          onClick={() => {
            scrollTo({ top: 0 });
            void prepend(queries, search, newer);
          }}
        >
          {newer.length} new {newer.length === 1 ? 'event' : 'events'}
        </Button>
      )}
      {events.length > 0 && (
        <div className="card" aria-busy={pages.isPlaceholderData}>
          <EventList events={events} onOpen={(event) => void navigate({ search: (before) => ({ ...before, event: event.position }), resetScroll: false })} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
      {pages.hasNextPage && (
        <p className="muted row" role="status">
          {pages.isFetchingNextPage ? 'Looking further back...' : <Button onClick={() => void pages.fetchNextPage()}>Look further back</Button>}
        </p>
      )}
      {search.event !== undefined && <EventDialog position={search.event} all={search.all} onClose={() => void navigate({ search: (before) => ({ ...before, event: undefined }), resetScroll: false })} />}
    </>
  );
}
