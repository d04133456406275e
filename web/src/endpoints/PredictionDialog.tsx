import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { RunName } from '../tracking/RunOverview';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { micros } from '../ui/format';
import { Loading, Shown } from '../ui/States';
import { Copyable, Num, Time } from '../ui/Value';
import { mayDo, predictionQuery } from './endpoints';
import { ExplanationView } from './ExplanationView';
import { StatusPill, tableOf, timeOf } from './predictions';
import { Replay } from './Replay';
import type { Endpoint, Outcome, Prediction, Tensor, WholePrediction } from './wire';

/** One prediction with all that hangs on it: what was asked, what was answered, why, and by what. */
export function PredictionDialog({ of, id, onClose }: { of: Endpoint; id: string; onClose: () => void }) {
  const whole = useQuery(predictionQuery(id, of.name));
  return (
    <Dialog wide title={`Prediction ${id}`} onClose={onClose}>
      <Shown of={whole} loading={<Loading lines={8} />}>
        {(found) => <Whole of={of} found={found} />}
      </Shown>
      {whole.error && !whole.data && <p className="muted endpoint-small">A prediction is in the log within two seconds after it was answered; those of the sample that is not kept never are.</p>}
    </Dialog>
  );
}

function Whole({ of, found }: { of: Endpoint; found: WholePrediction }) {
  const { prediction, outcomes = [] } = found;
  const [why, setWhy] = useState(false);
  const [again, setAgain] = useState(false);
  const payload = (prediction.inputs?.length ?? 0) > 0;
  return (
    <>
      <div className="endpoint-prediction">
        <Facts found={found} />
        <Spent of={prediction} />
      </div>
      {prediction.error && <p className="problem">{prediction.error}</p>}
      {prediction.cut && <p className="muted endpoint-small">The payload was larger than a record holds: what was asked and answered is not kept.</p>}
      {!payload && !prediction.cut && <p className="muted endpoint-small">What was asked and answered is not kept: Settings of this endpoint says what is.</p>}
      <Values title="Asked" tensors={prediction.inputs} rows={prediction.rows ?? 1} />
      <Values title="Answered" tensors={prediction.outputs} rows={prediction.rows ?? 1} />
      {outcomes.length > 0 && <Outcomes of={outcomes} />}
      {mayDo(of, 'invoke') && payload && (
        <div className="row">
          {!why && <Button onClick={() => setWhy(true)}>Why was this predicted?</Button>}
          {!again && <Button onClick={() => setAgain(true)}>Replay</Button>}
        </div>
      )}
      {why && <ExplanationView endpoint={of.name} id={prediction.id ?? ''} rows={prediction.rows ?? 1} />}
      {again && <Replay of={of} prediction={prediction} />}
    </>
  );
}

function Facts({ found }: { found: WholePrediction }) {
  const { prediction: of, model, approvals = [], lineage } = found;
  const [name, version] = [model?.name ?? of.model ?? '', model?.version ?? of.version ?? ''];
  return (
    <dl className="facts">
      <div className="endpoint-fact">
        <dt>When</dt>
        <dd>
          <Time at={of.at_ms} />, by {of.protocol} <StatusPill of={of} />
        </dd>
      </div>
      <div className="endpoint-fact">
        <dt>Answered by</dt>
        <dd>
          {of.arm},{' '}
          <Link to="/models/$name/versions/$version" params={{ name, version }}>
            {name} v{version}
          </Link>
        </dd>
      </div>
      {model?.run_id && (
        <div className="endpoint-fact">
          <dt>Made by run</dt>
          <dd>
            <RunName id={model.run_id} />
          </dd>
        </div>
      )}
      {approvals.length > 0 && (
        <div className="endpoint-fact">
          <dt>Let in by</dt>
          <dd>
            {approvals.map((one, index) => (
              <span key={index} title={one.comment ?? undefined}>
                {index > 0 && ', '}
                {one.actor} ({one.decision}, <Time at={one.at_ms} />)
              </span>
            ))}
          </dd>
        </div>
      )}
      {lineage && (
        <div className="endpoint-fact">
          <dt>Lineage</dt>
          <dd>
            <Link to="/lineage" search={{ of: lineage }}>
              Data, run and model behind it
            </Link>
          </dd>
        </div>
      )}
      {of.key && (
        <div className="endpoint-fact">
          <dt>Key</dt>
          <dd>
            <Copyable text={of.key} />
          </dd>
        </div>
      )}
      {of.trace_id && (
        <div className="endpoint-fact">
          <dt>Trace</dt>
          <dd>
            <Copyable text={of.trace_id} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** Where the time of one request went. */
function Spent({ of }: { of: Prediction }) {
  const parts = [
    ['parse', of.parse_us ?? 0],
    ['queue', of.queue_us ?? 0],
    ['run', of.run_us ?? 0],
  ] as const;
  return (
    <div className="endpoint-spent">
      <strong>{micros(timeOf(of))}</strong>
      <span className="endpoint-phase-bar" role="img" aria-label={parts.map(([word, us]) => `${word} ${micros(us)}`).join(', ')}>
        {parts.map(([word, us]) => (
          <span key={word} className={word} style={{ flexGrow: us }} />
        ))}
      </span>
      <p className="endpoint-phase-key">
        {parts.map(([word, us]) => (
          <span key={word}>
            <span className={`endpoint-phase-swatch ${word}`} aria-hidden="true" /> {word} {micros(us)}
          </span>
        ))}
      </p>
    </div>
  );
}

const shownRows = 50;

function Values({ title, tensors, rows }: { title: string; tensors: readonly Tensor[] | undefined; rows: number }) {
  if (!tensors || tensors.length === 0) return null;
  const table = tableOf(tensors, Math.min(rows, shownRows));
  return (
    <section aria-label={title} className="stack">
      <h3>{title}</h3>
      <div className="scroll-x endpoint-values" tabIndex={0} role="group" aria-label={`${title}, by column`}>
        <table className="data">
          <thead>
            <tr>
              {table.columns.slice(0, 200).map((column, index) => (
                <th key={index} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, index) => (
              <tr key={index}>
                {row.slice(0, 200).map((value, at) => (
                  <td key={at}>
                    <Copyable text={value} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows > shownRows && <p className="muted endpoint-small">{rows - shownRows} more rows: Export has all of them.</p>}
    </section>
  );
}

function Outcomes({ of }: { of: readonly Outcome[] }) {
  return (
    <section aria-label="What came of it" className="stack">
      <h3>What came of it</h3>
      <ul role="list" className="endpoint-outcomes">
        {of.slice(0, 100).map((one, index) => (
          <li key={index}>
            <strong>{one.name}</strong> {one.value != null && <Num value={one.value} />} {one.label} {one.reward != null && <>reward {one.reward}</>}{' '}
            <span className="muted">
              row {(one.row ?? 0) + 1}, <Time at={one.at_ms} />
              {one.actor && ` by ${one.actor}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
