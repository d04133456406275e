import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { count, number } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { Num } from '../ui/Value';
import { explanationQuery } from './endpoints';
import { stepsOf } from './explanation';
import type { Explanation } from './wire';

/** Why a prediction was made: what each column adds to it or takes away. */
export function ExplanationView({ endpoint, id, rows }: { endpoint: string; id: string; rows: number }) {
  const [row, setRow] = useState(0);
  const explained = useQuery(explanationQuery(id, endpoint, row));
  const field = useId();
  return (
    <section aria-label="Explanation" className="stack">
      <div className="row between">
        <h3>Why</h3>
        {rows > 1 && (
          <span className="row endpoint-small">
            <label htmlFor={field}>Row</label>
            <input id={field} className="input endpoint-rownumber" type="number" min={1} max={rows} value={row + 1} onChange={(event) => setRow(Math.min(rows, Math.max(1, Math.floor(Number(event.target.value) || 1))) - 1)} />
          </span>
        )}
      </div>
      {explained.error ? <Failed problem={explained.error} retry={() => void explained.refetch()} /> : explained.data ? <Said of={explained.data} /> : <Loading lines={5} height="1.2rem" />}
    </section>
  );
}

function Said({ of }: { of: Explanation }) {
  const found = of.explanations?.[0];
  if (!found) return <p className="muted">Nothing was explained.</p>;
  const { steps, span } = stepsOf(found);
  const place = (value: number) => `${((value - span.from) / (span.to - span.from)) * 100}%`;
  return (
    <>
      <p className="endpoint-small">
        {of.output}: <strong>{number(found.prediction)}</strong>. It begins at {number(found.base)}, the mean over {count(of.background?.rows)} rows {of.background?.from === 'log' ? 'of the log' : 'of the input example'}; each column moves it by what it says.
      </p>
      <ul role="list" className="endpoint-why">
        {steps.map((step, index) => (
          <li key={index}>
            <span className="endpoint-why-name" title={step.name}>
              {step.name} {step.value !== undefined && <span className="muted">{step.value}</span>}
            </span>
            <span className="endpoint-why-bar" aria-hidden="true">
              <span className={step.by >= 0 ? 'up' : 'down'} style={{ insetInlineStart: place(Math.min(step.from, step.to)), inlineSize: `${Math.max(0.4, (Math.abs(step.to - step.from) / (span.to - span.from)) * 100)}%` }} />
            </span>
            <span className="endpoint-why-by">
              {step.by > 0 && '+'}
              <Num value={step.by} />
              {step.error ? <span className="muted"> ± {number(step.error)}</span> : null}
            </span>
          </li>
        ))}
      </ul>
      <p className="muted endpoint-small">{of.exact ? 'Shapley values, computed exactly.' : `Shapley values of ${count(of.samples)} sampled runs of the model; ± is their standard error.`} They say what the model did, not what is true of the world.</p>
    </>
  );
}
