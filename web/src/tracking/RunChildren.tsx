import { queryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { post } from '../api/client';
import { Button } from '../ui/Button';
import { duration } from '../ui/format';
import { Empty, Failed, Loading } from '../ui/States';
import { Num, Time } from '../ui/Value';
import { literal } from './experiments';
import type { Run } from './runs';
import { Status } from './Status';

function search(experiment: string, id: string, max: number, token: string | undefined, signal: AbortSignal) {
  return post('/api/2.0/mlflow/runs/search', { experiment_ids: [experiment], filter: `tags.\`mlflow.parentRunId\` = ${literal(id)}`, max_results: max, page_token: token }, { signal });
}

/** The first of the runs that a run began. */
export function childrenQuery(experiment: string, id: string, max: number) {
  return queryOptions({ queryKey: ['children', id, max], queryFn: async ({ signal }) => (await search(experiment, id, max, undefined, signal)).runs ?? [], enabled: experiment !== '' });
}

const shownMetrics = 4;

/** The runs that this one began: folds, trials, workers. */
export function RunChildren({ run, id }: { run: Run; id: string }) {
  const experiment = run.info?.experiment_id ?? '';
  const pages = useInfiniteQuery({
    queryKey: ['children', id, 'pages'],
    queryFn: ({ pageParam, signal }) => search(experiment, id, 200, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
  });
  const runs = useMemo(() => pages.data?.pages.flatMap((page) => page.runs ?? []) ?? [], [pages.data]);
  // The metrics that most of them have say the most about them.
  const metrics = useMemo(() => {
    const seen = new Map<string, number>();
    for (const one of runs) for (const { key = '' } of one.data?.metrics ?? []) if (!key.startsWith('system/')) seen.set(key, (seen.get(key) ?? 0) + 1);
    return [...seen].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, shownMetrics).map(([key]) => key);
  }, [runs]);
  if (pages.error && !pages.data) return <Failed problem={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Loading lines={5} />;
  if (runs.length === 0)
    return (
      <Empty title="No child runs">
        <p>
          A run that is started within another one, <code>start_run(nested=True)</code>, is its child.
        </p>
      </Empty>
    );
  return (
    <div className="card scroll-x">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col">Started</th>
            <th scope="col" className="number">
              Duration
            </th>
            {metrics.map((key) => (
              <th scope="col" key={key} className="number">
                {key}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map(({ info, data }) => (
            <tr key={info?.run_id}>
              <td>
                <Link to="/runs/$runId" params={{ runId: info?.run_id ?? '' }}>
                  {info?.run_name || info?.run_id}
                </Link>
              </td>
              <td>
                <Status of={info?.status} />
              </td>
              <td>
                <Time at={info?.start_time} />
              </td>
              <td className="number">{info?.start_time && info.end_time ? duration(info.end_time - info.start_time) : ''}</td>
              {metrics.map((key) => {
                const value = data?.metrics?.find((metric) => metric.key === key)?.value;
                return (
                  <td key={key} className="number">
                    {value !== undefined && <Num value={value} />}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
          More
        </Button>
      )}
    </div>
  );
}
