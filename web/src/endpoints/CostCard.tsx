import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { bytes, count, micros, number } from '../ui/format';
import { Time } from '../ui/Value';
import { capacityQuery } from './endpoints';
import type { Endpoint, Execution } from './wire';

/** What a request costs, where it runs and why, and how much this machine was measured to bear. */
export function CostCard({ of }: { of: Endpoint }) {
  // Asked for when somebody wants to know: a server may keep no measurements.
  const [wanted, setWanted] = useState(false);
  const measured = useQuery({ ...capacityQuery(of.name), enabled: wanted });
  const capacity = measured.data ?? [];
  const loaded = (of.arms ?? []).flatMap((arm) => (arm.execution ? [{ arm, execution: arm.execution }] : []));
  return (
    <section className="card stack" aria-label="Cost and capacity">
      <h2>Cost and capacity</h2>
      {loaded.length === 0 && <p className="muted endpoint-small">What a request costs is learnt from the first runs of a version.</p>}
      {loaded.map(({ arm, execution }) => (
        <Cost key={arm.name} name={`${arm.name} v${arm.serving_version ?? arm.version ?? ''}`} of={execution} />
      ))}
      {capacity.length > 0 ? (
        <ul role="list" className="endpoint-capacity">
          {capacity.slice(0, 3).map((one, index) => (
            <li key={index}>
              <strong>{number(Math.round(one.requests_per_second ?? 0))} requests a second</strong> at a p99 of {micros(one.p99_us)}
              <span className="muted">
                {' '}
                v{one.version}, {one.machine}
                {one.cores ? `, ${one.cores} cores` : ''}, <Time at={one.at_ms} />
              </span>
            </li>
          ))}
        </ul>
      ) : (
        <div className="stack">
          <p className="muted endpoint-small">{wanted && !measured.isPending ? 'Nothing is measured yet. ' : 'How much this machine bears can be measured. '}The test sends logged rows on time, whether or not answers come:</p>
          <CodeBlock text={`slipway endpoints load-test ${of.name} --p99 20ms`} label="Measure its capacity" />
          {!wanted && (
            <div>
              <Button onClick={() => setWanted(true)}>Show what was measured</Button>
            </div>
          )}
        </div>
      )}
    </section>
  );
}

const modes: Readonly<Record<string, string>> = { inline: 'on the request’s own thread', queued: 'in a queue of its own', async: 'elsewhere, several at once', learning: 'learning' };

function Cost({ name, of }: { name: string; of: Execution }) {
  return (
    <div className="endpoint-cost">
      <p className="row">
        <strong>{name}</strong>
        <span className="pill">{modes[of.mode ?? ''] ?? of.mode}</span>
      </p>
      {of.fixed_us != null && of.row_us != null && (
        <p className="endpoint-line">
          {micros(of.fixed_us)} <span className="muted">+</span> {micros(of.row_us)} <span className="muted">a row</span>
        </p>
      )}
      {of.why && <p className="muted endpoint-small">{of.why}</p>}
      <p className="muted endpoint-small">
        {count(of.runs ?? 0)} runs
        {of.merging && `; merging requests: ${of.merging}`}
        {(of.queued ?? 0) > 0 && `; ${count(of.queued)} wait`}
        {(of.refused ?? 0) + (of.expired ?? 0) > 0 && `; ${count(of.refused ?? 0)} refused, ${count(of.expired ?? 0)} too late`}
        {of.bytes ? `; ${bytes(of.bytes)} of memory` : ''}
      </p>
    </div>
  );
}
