import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/client';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';

const languages = ['Python', '.NET', 'Command line'] as const;
type Language = (typeof languages)[number];

/** Lines to copy that connect a program to this server and log a first run. */
export function Connect({ experiment = 'my-first' }: { experiment?: string }) {
  const [language, setLanguage] = useState<Language>('Python');
  const me = useQuery(meQuery).data;
  const version = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => get('/api/slipway/v1/version', { signal }), staleTime: Infinity }).data;
  const token = me !== undefined && !me.single_user;
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
      <CodeBlock text={snippet(language, location.origin, experiment, token)} label={`Connect from ${language}`} />
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

/** What a program of the language needs; names stand in it as its literals. */
export function snippet(language: Language, origin: string, experiment: string, token: boolean): string {
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
        `using var slipway = new SlipwayClient(new SlipwayClientOptions { Url = new Uri("${origin}")${token ? ', Token = "..."' : ''} });`,
        `await using var run = await slipway.StartRunAsync(${name});`,
        'run.LogParam("lr", 0.01);',
        'run.LogMetric("loss", 0.25, step: 1);',
        'await run.FinishAsync();',
      ].join('\n');
    case 'Command line':
      return [
        `export SLIPWAY_URL=${origin}`,
        ...(token ? ['export SLIPWAY_TOKEN=...'] : []),
        `slipway run --experiment '${experiment.replaceAll("'", "'\\''")}' -- python train.py`,
      ].join('\n');
  }
}
