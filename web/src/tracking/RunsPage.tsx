import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { post } from '../api/client';
import { useLive } from '../api/live';
import { Empty, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { experiment } from './experiments';
import { Status } from './Status';

/** The runs of one or several experiments. */
export function RunsPage() {
  const { ids } = useParams({ from: '/experiments/$ids' });
  const experiments = ids.split(',');
  const queries = useQueryClient();
  const first = useQuery(experiment(experiments[0]!));
  const runs = useQuery({
    queryKey: ['runs', ids],
    queryFn: ({ signal }) => post('/api/2.0/mlflow/runs/search', { experiment_ids: experiments, max_results: 100 }, { signal }),
  });
  useLive({ experiments }, () => void queries.invalidateQueries({ queryKey: ['runs', ids] }));
  return (
    <div className="page full">
      <header className="page-head">
        <Shown of={first}>{(one) => <h1>{one.name}</h1>}</Shown>
      </header>
      <Shown of={runs}>
        {({ runs: found = [] }) =>
          found.length === 0 ? (
            <Empty title="No run yet" />
          ) : (
            <div className="card scroll-x">
              <table className="data">
                <thead>
                  <tr>
                    <th scope="col">Run</th>
                    <th scope="col">Status</th>
                    <th scope="col">Started</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map(({ info }) => (
                    <tr key={info?.run_id}>
                      <td>
                        <Link to="/runs/$runId" params={{ runId: info?.run_id ?? '' }}>
                          {info?.run_name}
                        </Link>
                      </td>
                      <td>
                        <Status of={info?.status} />
                      </td>
                      <td>
                        <Time at={info?.start_time} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Shown>
    </div>
  );
}
