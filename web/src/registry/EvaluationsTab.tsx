import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useMay } from '../app/me';
import { runQuery } from '../tracking/runs';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { count, duration, exact, number } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Shown } from '../ui/States';
import { Copyable, Num, Time } from '../ui/Value';
import { EvaluateDialog } from './EvaluateDialog';
import { besides, evaluationsQuery, isFarFrom, newestDone, type Computed, type Scored } from './evaluations';
import type { Version } from './models';
import './version-gates.css';

/** What Slipway measured itself, beside what the run's program claims. */
export function EvaluationsTab({ of }: { of: Version }) {
  const [name, version] = [of.name ?? '', of.version ?? ''];
  const evaluations = useQuery(evaluationsQuery(name, version));
  const may = useMay()('WriteModels');
  const [asking, setAsking] = useState(false);
  return (
    <div className="stack">
      <div className="row between">
        <p className="muted registry-small">A metric that a program logs is a claim. Here the server scored the version itself, on data whose bytes are pinned.</p>
        {may && (
          <Button look="primary" onClick={() => setAsking(true)}>
            <Icon name="plus" /> Evaluate
          </Button>
        )}
      </div>
      <Shown of={evaluations} loading={<Loading lines={6} />}>
        {({ evaluations: all = [] }) =>
          all.length === 0 ? (
            <section className="card">
              <Empty title="Nothing was computed yet">
                <p>Pin a data set once, then let any version be scored on it:</p>
                <CodeBlock text={`slipway eval-datasets add holdout test.csv --target label\nslipway models evaluate ${quoted(name)} ${version} --dataset holdout`} label="Evaluate from a terminal" />
              </Empty>
            </section>
          ) : (
            <>
              <Values of={of} all={all} />
              <All all={all} />
            </>
          )
        }
      </Shown>
      {asking && <EvaluateDialog name={name} version={version} onClose={() => setAsking(false)} />}
    </div>
  );
}

/** A name as a shell takes it for one word. */
function quoted(name: string): string {
  return /^[\w.-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}

function Values({ of, all }: { of: Version; all: readonly Scored[] }) {
  const run = useQuery({ ...runQuery(of.run_id ?? ''), enabled: !!of.run_id, retry: false }).data;
  const done = newestDone(all);
  if (done.length === 0) return null;
  return (
    <section className="card" aria-label="Computed and claimed">
      <h2>Computed and claimed</h2>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Values">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {done.map((one) => (
                <th key={one.dataset} scope="col" className="number" title={`Version ${one.dataset_version}, ${one.dataset_digest}`}>
                  {one.dataset} <span className="pill good">computed</span>
                </th>
              ))}
              <th scope="col" className="number">
                By the run <span className="pill warn">claimed</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {besides(done, run).map((row) => (
              <tr key={row.metric}>
                <th scope="row">{row.metric}</th>
                {row.computed.map((value, index) => (
                  <td key={index} className="number">
                    {value && <Measured of={value} />}
                  </td>
                ))}
                <td className="number">
                  {row.claimed !== undefined && (
                    <>
                      <Num value={row.claimed} />{' '}
                      {row.computed.every((value) => value === undefined || isFarFrom(row.claimed!, value)) && (
                        <span className="pill bad" title="No computed value is near it. It may be of other data.">
                          differs
                        </span>
                      )}
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Measured({ of }: { of: Computed }) {
  return (
    <>
      <Num value={of.value} />
      {of.low !== undefined && of.high !== undefined && (
        <small className="muted" title={`95 % interval: ${exact(of.low)} to ${exact(of.high)}`}>
          {' '}
          {number(of.low)} to {number(of.high)}
        </small>
      )}
    </>
  );
}

const states: Readonly<Record<string, readonly [string, string]>> = { WAITING: ['waiting', ''], RUNNING: ['running', 'live'], DONE: ['done', 'good'], FAILED: ['failed', 'bad'] };

function All({ all }: { all: readonly Scored[] }) {
  return (
    <section className="card stack" aria-label="Every evaluation">
      <h2>Every evaluation</h2>
      <div className="version-gates-past">
        {all.map((one) => {
          const [word, tone] = states[one.status ?? ''] ?? [one.status, ''];
          return (
            <details key={one.id} open={one.status === 'FAILED' && one === all[0]}>
              <summary>
                <span className={`pill ${tone}`}>{word}</span> on {one.dataset} <span className="muted">version {one.dataset_version}</span> by {one.created_by || 'somebody who is erased'}{' '}
                <span className="muted">
                  <Time at={one.created_ms} />
                </span>
              </summary>
              <More of={one} />
            </details>
          );
        })}
      </div>
    </section>
  );
}

function More({ of }: { of: Scored }) {
  const facts: [string, ReactNode][] = [
    ['Rows', of.rows ? count(of.rows) : null],
    ['Took', of.duration_ms ? duration(of.duration_ms) : null],
    ['Task', of.task],
    ['Engines', of.engines],
    ['Data', of.dataset_digest && <Digest key="d" of={of.dataset_digest} />],
    ['Model', of.model_digest && <Digest key="m" of={of.model_digest} />],
    ...(of.metrics ?? []).map(({ metric = '', value }): [string, ReactNode] => [metric, <Num key={metric} value={value ?? NaN} />]),
  ];
  return (
    <div className="stack evaluation-more">
      {of.problem && <p className="problem">{of.problem}</p>}
      <dl className="facts">
        {facts.map(([label, value]) =>
          value ? (
            <div key={label} className="registry-fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </div>
  );
}

function Digest({ of }: { of: string }) {
  return (
    <Copyable text={of} title={`Copy ${of}`}>
      <code>{of.slice(0, 24)}…</code>
    </Copyable>
  );
}
