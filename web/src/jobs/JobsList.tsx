import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Button } from '../ui/Button';
import { Empty, Failed, Loading } from '../ui/States';
import { Time, useNow } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { JobActions } from './JobActions';
import { jobsQuery, jobStates, type Job, type JobState } from './jobs';
import { ahead, jobLook, stateTitles } from './jobWords';

/** Jobs, the newest first, of a kind and in a state. */
export function JobsList({ kinds }: { kinds: readonly string[] }) {
  const { kind, state } = useSearch({ from: '/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const now = useNow();
  const pages = useInfiniteQuery(jobsQuery(kind, state));
  const jobs = useMemo(() => pages.data?.pages.flatMap((page) => page.jobs) ?? [], [pages.data]);
  const columns: readonly TableColumn<Job>[] = [
    { name: 'State', width: '7rem', cell: (one) => <span className={`pill ${jobLook(one).look}`}>{jobLook(one).text}</span> },
    {
      name: 'Job',
      width: 'minmax(11rem, 2fr)',
      cell: (one) => (
        <button type="button" className="jobs-open" onClick={() => void navigate({ search: (before) => ({ ...before, job: one.id }), resetScroll: false })}>
          <span>{one.kind}</span>
          <span className="mono">{one.name || one.id}</span>
        </button>
      ),
    },
    {
      name: 'Attempts',
      width: '6rem',
      cell: (one) => (one.resident ? '' : `${one.attempts ?? 0} of ${one.attempts_max ?? '?'}`),
    },
    { name: 'Error', width: 'minmax(9rem, 3fr)', cell: (one) => one.error && <span className="jobs-error" title={one.error}>{one.error}</span> },
    { name: 'Due', width: '7rem', cell: (one) => (one.state === 'DELAYED' && one.due_ms !== undefined && one.due_ms > now ? ahead(one.due_ms, now) : <Time at={one.due_ms} />) },
    { name: 'Actions', silent: true, width: '11rem', cell: (one) => <JobActions of={one} /> },
  ];
  const known = [...new Set([...kinds, ...(kind === undefined ? [] : [kind])])].sort();
  return (
    <section className="stack" aria-label="Jobs">
      <div className="row">
        <label className="jobs-filter">
          Kind
          <select className="input" value={kind ?? ''} onChange={(event) => void navigate({ search: (before) => ({ ...before, kind: event.target.value || undefined }), resetScroll: false })}>
            <option value="">every kind</option>
            {known.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label className="jobs-filter">
          State
          <select className="input" value={state ?? ''} onChange={(event) => void navigate({ search: (before) => ({ ...before, state: (event.target.value || undefined) as JobState | undefined }), resetScroll: false })}>
            <option value="">every state</option>
            {jobStates.map((one) => (
              <option key={one} value={one}>
                {stateTitles[one]}
              </option>
            ))}
          </select>
        </label>
        {(kind !== undefined || state !== undefined) && (
          <Button look="plain" onClick={() => void navigate({ search: {}, resetScroll: false })}>
            Clear
          </Button>
        )}
      </div>
      {pages.error && !pages.data && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={5} height="2rem" />}
      {pages.data && jobs.length === 0 && (
        <Empty title={kind === undefined && state === undefined ? 'No job' : 'No job fits'}>
          <p>{kind === undefined && state === undefined ? 'Work that is done leaves the queue; only what failed for good stays.' : 'Take a filter away.'}</p>
        </Empty>
      )}
      {jobs.length > 0 && (
        <div className="card jobs-table" aria-busy={pages.isPlaceholderData}>
          <VirtualTable label="Jobs" columns={columns} rows={jobs} rowKey={(one) => one.id} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
    </section>
  );
}
