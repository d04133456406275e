import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useLive } from '../api/live';
import { Shown } from '../ui/States';
import { Num, Time } from '../ui/Value';
import { runQuery } from './runs';
import { Status } from './Status';

/** One run. */
export function RunPage() {
  const { runId } = useParams({ from: '/runs/$runId' });
  const queries = useQueryClient();
  const run = useQuery(runQuery(runId));
  useLive({ runs: [runId] }, () => void queries.invalidateQueries({ queryKey: ['run', runId] }));
  return (
    <div className="page">
      <Shown of={run}>
        {({ info, data }) => (
          <>
            <header className="page-head">
              <div>
                <Link to="/experiments/$ids" params={{ ids: info?.experiment_id ?? '' }}>
                  Experiment {info?.experiment_id}
                </Link>
                <h1>{info?.run_name}</h1>
                <div className="row muted">
                  <Status of={info?.status} /> <Time at={info?.start_time} />
                </div>
              </div>
            </header>
            <section className="card">
              <h2>Metrics</h2>
              <dl className="facts">
                {(data?.metrics ?? []).map((metric) => (
                  <div key={metric.key} style={{ display: 'contents' }}>
                    <dt>{metric.key}</dt>
                    <dd>
                      <Num value={metric.value ?? NaN} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          </>
        )}
      </Shown>
    </div>
  );
}
