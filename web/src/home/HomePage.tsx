import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { get } from '../api/client';
import { meQuery } from '../app/me';
import { recentExperiments } from '../tracking/experiments';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Empty, Shown } from '../ui/States';
import { Time } from '../ui/Value';

/** What needs attention, what is new, and how to connect. */
export function HomePage() {
  const experiments = useQuery(recentExperiments(8));
  return (
    <div className="page">
      <header className="page-head">
        <h1>Home</h1>
      </header>
      <section className="card">
        <h2>Recent experiments</h2>
        <Shown of={experiments}>
          {(found) =>
            found.length === 0 ? (
              <Empty title="No experiment yet">
                <p>An experiment appears with the first run that is logged to it. The lines below connect a program.</p>
              </Empty>
            ) : (
              <table className="data">
                <thead>
                  <tr>
                    <th scope="col">Experiment</th>
                    <th scope="col">Changed</th>
                  </tr>
                </thead>
                <tbody>
                  {found.map((one) => (
                    <tr key={one.experiment_id}>
                      <td>
                        <Link to="/experiments/$ids" params={{ ids: one.experiment_id }}>
                          {one.name}
                        </Link>
                      </td>
                      <td>
                        <Time at={one.last_update_time} />
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )
          }
        </Shown>
      </section>
      <Connect />
    </div>
  );
}

const languages = ['Python', '.NET', 'Command line'] as const;

/** Lines to copy that connect a program to this server, and log a run of an experiment. */
export function Connect({ experiment = 'my-first' }: { experiment?: string | undefined }) {
  const [language, setLanguage] = useState<(typeof languages)[number]>('Python');
  const me = useQuery(meQuery).data;
  const version = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => get('/api/slipway/v1/version', { signal }), staleTime: Infinity }).data;
  const token = me?.single_user === false;
  return (
    <section className="card stack" aria-labelledby="connect">
      <div className="row between">
        <h2 id="connect">Connect</h2>
        <div className="row" role="group" aria-label="Language">
          {languages.map((one) => (
            <Button key={one} aria-pressed={one === language} onClick={() => setLanguage(one)}>
              {one}
            </Button>
          ))}
        </div>
      </div>
      <CodeBlock text={snippet(language, location.origin, token, experiment)} label={`Connect from ${language}`} />
      <p className="muted">
        {token && (
          <>
            A token is made under Settings, Tokens, or by <code>slipway tokens create NAME</code>.{' '}
          </>
        )}
        Every MLflow client works{version && <> (this server speaks as MLflow {version.mlflow})</>}; all routes are in <a href="/openapi.json">openapi.json</a>.
      </p>
    </section>
  );
}

function snippet(language: (typeof languages)[number], origin: string, token: boolean, experiment: string): string {
  // Quotes of JSON are quotes of Python and C# too.
  const name = JSON.stringify(experiment);
  switch (language) {
    case 'Python':
      return [
        `export MLFLOW_TRACKING_URI=${origin}`,
        ...(token ? ['export MLFLOW_TRACKING_TOKEN=...'] : []),
        '',
        'import mlflow',
        `mlflow.set_experiment(${name})`,
        'with mlflow.start_run():',
        '    mlflow.log_param("lr", 0.01)',
        '    mlflow.log_metric("loss", 0.25, step=1)',
      ].join('\n');
    case '.NET':
      return [
        'dotnet add package Slipway.Client',
        '',
        `using var slipway = new SlipwayClient(new() { Url = new("${origin}")${token ? ', Token = "..."' : ''} });`,
        `await using var run = await slipway.StartRunAsync(${name});`,
        'run.LogParam("lr", 0.01);',
        'run.LogMetric("loss", 0.25, step: 1);',
        'await run.FinishAsync();',
      ].join('\n');
    case 'Command line':
      return [`export SLIPWAY_URL=${origin}`, ...(token ? ['export SLIPWAY_TOKEN=...'] : []), 'slipway experiments list', `slipway run --experiment ${/^[\w.-]+$/.test(experiment) ? experiment : `'${experiment.replaceAll("'", `'"'"'`)}'`} -- python train.py`].join('\n');
  }
}
