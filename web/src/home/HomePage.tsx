import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useLive } from '../api/live';
import { meQuery } from '../app/me';
import { Status } from '../tracking/Status';
import { duration } from '../ui/format';
import { Loading, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { attentionQuery, type AttentionRun, type Overview } from './attention';
import { Connect } from './Connect';
import { EndpointsCard } from './EndpointsCard';
import { Notices } from './Notices';
import { RunCounts } from './RunCounts';
import { WaitingForYou } from './WaitingForYou';
import './home.css';

/** What needs attention, what is new, and how to connect. */
export function HomePage() {
  const attention = useQuery(attentionQuery);
  const queries = useQueryClient();
  const experiments = attention.data?.experiments?.flatMap((one) => one.experiment_id ?? []) ?? [];
  useLive({ installation: true, experiments }, () => void queries.invalidateQueries({ queryKey: attentionQuery.queryKey }));
  const me = useQuery(meQuery).data;
  return (
    <div className="page">
      <h1 className="visually-hidden">Home</h1>
      {me?.others_here && (
        <p className="problem" role="alert">
          Nobody is asked for a password here, and other people have an account on this machine: they can do everything too. Start the server with slipway server --access-mode people; slipway doctor says more.
        </p>
      )}
      <Shown of={attention} loading={<Loading lines={8} height="2.5rem" />}>
        {(found) => (
          <>
            <div className="home-columns home-first">
              <WaitingForYou />
              <EndpointsCard />
              <Notices of={found.notices} />
              <Runs title="Stuck: running, but silent" runs={found.stuck} when={(run) => <>heard <Time at={run.heard_ms} /></>} />
              <Runs title="Failed in the last week" runs={found.failed} when={(run) => <Time at={run.end_time ?? run.start_time} />} />
            </div>
            {(found.experiments?.length ?? 0) > 0 && (
              <div className="home-columns">
                <Experiments of={found.experiments ?? []} />
                <Runs title="Newest results" runs={found.newest} when={(run) => <Time at={run.end_time} />} long />
              </div>
            )}
          </>
        )}
      </Shown>
      <Connect />
    </div>
  );
}

function Runs({ title, runs, when, long }: { title: string; runs: readonly AttentionRun[] | undefined; when: (run: AttentionRun) => ReactNode; long?: boolean }) {
  if (!runs || runs.length === 0) return null;
  return (
    <section className="card">
      <h2>{title}</h2>
      <ul className="home-list" role="list">
        {runs.slice(0, long ? 10 : 5).map((run) => (
          <li key={run.run_id}>
            <Link to="/runs/$runId" params={{ runId: run.run_id ?? '' }}>
              {run.run_name || run.run_id}
            </Link>
            <span className="muted">{when(run)}</span>
            <span className="muted">{run.experiment_name}</span>
            <span className="muted">{run.end_time && run.start_time ? duration(run.end_time - run.start_time) : <Status of={run.status} />}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Experiments({ of }: { of: readonly Overview[] }) {
  return (
    <section className="card">
      <h2>Recent experiments</h2>
      <ul className="home-list" role="list">
        {of.slice(0, 10).map((one) => (
          <li key={one.experiment_id}>
            <Link to="/experiments/$ids" params={{ ids: one.experiment_id ?? '' }}>
              {one.name}
            </Link>
            <span className="muted">
              <Time at={one.last_activity_ms} />
            </span>
            <RunCounts runs={one.runs} />
          </li>
        ))}
      </ul>
      <p>
        <Link to="/experiments">All experiments</Link>
      </p>
    </section>
  );
}
