import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { duration } from '../ui/format';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { failuresQuery, type Failure } from './jobs';

/** Attempts that failed, of all jobs, also of those that ended well since. */
export function Failures() {
  const { kind } = useSearch({ from: '/jobs' });
  const navigate = useNavigate({ from: '/jobs' });
  const pages = useInfiniteQuery(failuresQuery(kind));
  const failures = useMemo(() => pages.data?.pages.flatMap((page) => page.failures ?? []) ?? [], [pages.data]);
  const columns: readonly TableColumn<Failure>[] = [
    { name: 'When', width: '7rem', cell: (one) => <Time at={one.until_ms ?? one.from_ms} /> },
    {
      name: 'Job',
      width: 'minmax(11rem, 2fr)',
      cell: (one) => (
        <button type="button" className="jobs-open" onClick={() => void navigate({ search: (before) => ({ ...before, job: one.job_id }), resetScroll: false })}>
          <span>{one.kind}</span>
          <span className="mono">{one.name || one.job_id}</span>
        </button>
      ),
    },
    { name: 'Attempt', width: '5.5rem', cell: (one) => one.attempt },
    { name: 'Took', width: '6rem', cell: (one) => (one.from_ms !== undefined && one.until_ms !== undefined ? duration(one.until_ms - one.from_ms) : '') },
    { name: 'Why', width: 'minmax(10rem, 4fr)', cell: (one) => <span className="jobs-error" title={one.error}>{one.error}</span> },
  ];
  return (
    <section className="stack" aria-label="Failed attempts">
      {pages.error && !pages.data && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={5} height="2rem" />}
      {pages.data && failures.length === 0 && (
        <Empty title="No attempt failed">
          <p>When one does, why is kept here, also when a later attempt went well.</p>
        </Empty>
      )}
      {failures.length > 0 && (
        <div className="card jobs-table">
          <VirtualTable label="Failed attempts" columns={columns} rows={failures} rowKey={(one) => `${one.job_id} ${one.attempt} ${one.from_ms}`} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
    </section>
  );
}
