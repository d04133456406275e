import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useRegisteredAs } from '../registry/RegisteredAs';
import { CodeBlock } from '../ui/CodeBlock';
import { duration, moment } from '../ui/format';
import { Copyable, Num } from '../ui/Value';
import { tag } from './experiments';
import { Description } from './Description';
import { childrenQuery } from './RunChildren';
import { commandOf, commitUrl, isLive, runQuery, type Run } from './runs';
import { RunTags } from './RunTags';

const shownMax = 12;

/** What a run is, at a glance. */
export function RunOverview({ run, id }: { run: Run; id: string }) {
  return (
    <div className="run-overview">
      <div className="stack">
        <Description id={id} text={tag(run.data?.tags, 'mlflow.note.content')} />
        <Results run={run} id={id} />
      </div>
      <div className="stack">
        <Facts run={run} id={id} />
        <RunTags run={run} id={id} />
        <section className="card">
          <h2>Run it again</h2>
          <CodeBlock text={`slipway reproduce ${id}`} label="Compare this machine with that of the run" />
          <p className="muted run-small">
            In a clone of its repository it shows what is not as it was. <code>--checkout ../again</code> makes a working folder of its code, and runs it there.
          </p>
        </section>
      </div>
    </div>
  );
}

function Facts({ run, id }: { run: Run; id: string }) {
  const tags = run.data?.tags;
  const info = run.info ?? {};
  const commit = tag(tags, 'mlflow.source.git.commit');
  const repository = tag(tags, 'mlflow.source.git.repoURL');
  const link = commit === null ? null : commitUrl(repository, commit);
  const parent = tag(tags, 'mlflow.parentRunId');
  const origin = tag(tags, 'slipway.reproduces');
  const command = commandOf(tag(tags, 'slipway.command'));
  const dirty = tag(tags, 'slipway.git.dirty');
  const exit = tag(tags, 'slipway.exit_code');
  const children = useQuery(childrenQuery(info.experiment_id ?? '', id, 1));
  const inputs = run.inputs?.dataset_inputs ?? [];
  const models = run.outputs?.model_outputs ?? [];
  const time = (at: number | undefined) => (at ? moment(at) : null);
  const registered = useRegisteredAs(id);
  const facts: [string, ReactNode][] = [
    ['Id', <Copyable key="id" text={id} />],
    ['Registered as', registered],
    ['Started', time(info.start_time)],
    ['Ended', isLive(run) ? null : time(info.end_time)],
    ['Duration', info.start_time && info.end_time ? duration(info.end_time - info.start_time) : null],
    ['Exit code', exit],
    ['By', info.user_id],
    ['Source', tag(tags, 'mlflow.source.name')],
    ['Entry point', tag(tags, 'mlflow.project.entryPoint')],
    ['Command', command && <Copyable key="c" text={command}><code>{command}</code></Copyable>],
    ['Folder', tag(tags, 'slipway.folder')],
    [
      'Commit',
      commit && (
        <span className="row" key="commit">
          <Copyable text={commit} title={commit}>
            <code>{commit.slice(0, 10)}</code>
          </Copyable>
          {tag(tags, 'mlflow.source.git.branch') && <span>on {tag(tags, 'mlflow.source.git.branch')}</span>}
          {link && (
            <a href={link} target="_blank" rel="noopener noreferrer">
              Open
            </a>
          )}
        </span>
      ),
    ],
    ['Repository', repository],
    [
      'Uncommitted',
      dirty && (
        <Link key="dirty" to="/runs/$runId" params={{ runId: id }} search={{ tab: 'code' }}>
          Show the changes
        </Link>
      ),
    ],
    ['Parent', parent && <RunName key="p" id={parent} />],
    ['Again from', origin && <RunName key="o" id={origin} />],
    [
      'Children',
      children.data && children.data.length > 0 && (
        <Link key="children" to="/runs/$runId" params={{ runId: id }} search={{ tab: 'children' }}>
          Show its child runs
        </Link>
      ),
    ],
    [
      'Data sets',
      inputs.length > 0 && (
        <Link key="data" to="/runs/$runId" params={{ runId: id }} search={{ tab: 'data' }}>
          {inputs.slice(0, 3).map(({ dataset }) => dataset?.name).join(', ')}
          {inputs.length > 3 && ` and ${inputs.length - 3} more`}
        </Link>
      ),
    ],
    [
      'Models',
      models.length > 0 && (
        <Link key="models" to="/runs/$runId" params={{ runId: id }} search={{ tab: 'data' }}>
          {models.length} logged
        </Link>
      ),
    ],
    ['Artifacts at', info.artifact_uri && <Copyable key="uri" text={info.artifact_uri} />],
  ];
  return (
    <section className="card">
      <h2>Facts</h2>
      <dl className="facts">
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name} className="run-fact">
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
    </section>
  );
}

/** Another run by its name, as soon as that is known. */
export function RunName({ id }: { id: string }) {
  const run = useQuery(runQuery(id));
  return (
    <Link to="/runs/$runId" params={{ runId: id }}>
      {run.data?.info?.run_name ?? id}
    </Link>
  );
}

function Results({ run, id }: { run: Run; id: string }) {
  const metrics = (run.data?.metrics ?? []).filter((metric) => !(metric.key ?? '').startsWith('system/'));
  const params = run.data?.params ?? [];
  return (
    <div className="grid">
      <section className="card">
        <h2>Metrics</h2>
        {metrics.length === 0 ? (
          <p className="muted">No metric yet. Logged values appear here while the run lasts.</p>
        ) : (
          <table className="data run-pairs">
            <tbody>
              {metrics.slice(0, shownMax).map((metric) => (
                <tr key={metric.key}>
                  <th scope="row">
                    <Link to="/runs/$runId" params={{ runId: id }} search={{ tab: 'metrics', chart: metric.key }}>
                      {metric.key}
                    </Link>
                  </th>
                  <td className="number">
                    <Num value={metric.value ?? NaN} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {metrics.length > 0 && (
          <Link className="run-all" to="/runs/$runId" params={{ runId: id }} search={{ tab: 'metrics' }}>
            {metrics.length > shownMax ? `All ${metrics.length} metrics` : 'Charts'}
          </Link>
        )}
      </section>
      <section className="card">
        <h2>Params</h2>
        {params.length === 0 ? (
          <p className="muted">No params.</p>
        ) : (
          <table className="data run-pairs">
            <tbody>
              {params.slice(0, shownMax).map((param) => (
                <tr key={param.key}>
                  <th scope="row">{param.key}</th>
                  <td>
                    <Copyable text={param.value ?? ''} title="Copy the exact value">
                      <span className="run-cut">{param.value}</span>
                    </Copyable>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {params.length > shownMax && (
          <Link className="run-all" to="/runs/$runId" params={{ runId: id }} search={{ tab: 'params' }}>
            All {params.length} params
          </Link>
        )}
      </section>
    </div>
  );
}
