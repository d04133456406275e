import { useState } from 'react';
import { Button } from '../ui/Button';
import { count, duration, number, percent } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Time, useNow } from '../ui/Value';
import { ArmVersion } from './ArmVersion';
import { evidenceShare, guardWord } from './canary';
import { mayDo, type CanaryAction } from './endpoints';
import { CanaryPill, isUnderWay } from './EndpointState';
import { CanaryDialog } from './ReasonDialogs';
import type { Canary, CanaryTest, Endpoint } from './wire';

/** A new version on its ladder: how far it is, what speaks against it, and why it went back if it did. */
export function CanaryCard({ of, canary }: { of: Endpoint; canary: Canary }) {
  const [action, setAction] = useState<CanaryAction | null>(null);
  const under = isUnderWay(canary);
  const arm = of.arms?.find((one) => one.name === canary.arm);
  return (
    <section className="card stack" aria-label="Canary">
      <div className="row between">
        <h2 className="row">
          Canary <CanaryPill of={canary} />
        </h2>
        {under && mayDo(of, 'write') && (
          <span className="row">
            {canary.state === 'held' ? <Button onClick={() => setAction('go')}>Go on</Button> : <Button onClick={() => setAction('hold')}>Hold</Button>}
            <Button onClick={() => setAction('promote')}>Promote now</Button>
            <Button look="danger" onClick={() => setAction('abort')}>
              Abort
            </Button>
          </span>
        )}
      </div>
      <p className="endpoint-small">
        {arm ? <ArmVersion of={arm} /> : <>Version {canary.version}</>} against <strong>{canary.against}</strong>, since <Time at={canary.started_ms} />
        {canary.ended_ms ? (
          <>
            , ended <Time at={canary.ended_ms} />
          </>
        ) : null}
        .
      </p>
      {canary.reason && <p className={canary.state === 'rolled_back' ? 'endpoint-reason bad' : 'endpoint-reason'}>{canary.reason}</p>}
      <Ladder of={canary} />
      {under && <Waits of={canary} />}
      {(canary.tests?.length ?? 0) > 0 && (
        <div className="endpoint-tests" role="group" aria-label="What speaks against it">
          <h3>What speaks against it</h3>
          {canary.tests!.map((test) => (
            <Test key={test.guard} of={test} />
          ))}
          <p className="muted endpoint-small">Each bar is evidence that the canary is worse: when one reaches its end, the canary goes back by itself. It may be looked at at any time.</p>
        </div>
      )}
      {action && <CanaryDialog of={of} action={action} onClose={() => setAction(null)} />}
    </section>
  );
}

function Ladder({ of }: { of: Canary }) {
  const steps = of.steps ?? [];
  const at = of.state === 'promoted' ? steps.length : (of.step ?? 0);
  return (
    <ol className="endpoint-ladder" aria-label="Steps">
      {steps.map((step, index) => {
        const done = index < at;
        const here = index === at && isUnderWay(of);
        const fell = index === at && (of.state === 'rolled_back' || of.state === 'aborted');
        return (
          <li key={index} className={done ? 'done' : here ? 'here' : fell ? 'fell' : undefined} aria-current={here ? 'step' : undefined}>
            <span className="endpoint-ladder-mark">{done ? <Icon name="check" size={12} /> : fell ? <Icon name="close" size={12} /> : null}</span>
            <span>{number(step)}%</span>
            <span className="visually-hidden">{done ? 'passed' : here ? 'now' : fell ? 'went back here' : 'ahead'}</span>
          </li>
        );
      })}
    </ol>
  );
}

/** What a step still waits for. */
function Waits({ of }: { of: Canary }) {
  const now = useNow();
  const held = of.state === 'held';
  const waited = of.step_ms === undefined ? undefined : Math.max(0, now - of.step_ms);
  const seen = of.step_requests ?? Math.max(0, ...(of.tests ?? []).map((test) => test.canary_requests ?? 0));
  return (
    <p className="muted endpoint-small">
      {held
        ? 'It is held: it stays at this share until somebody lets it go on.'
        : `This step ends after ${count(of.requests)} requests of the canary and ${duration((of.hold_seconds ?? 0) * 1000)}${waited === undefined ? '' : `; ${duration(waited)} have passed`}${seen > 0 ? `, ${count(seen)} of them came so far` : ''}.`}
    </p>
  );
}

function Test({ of }: { of: CanaryTest }) {
  const share = evidenceShare(of);
  const hit = share >= 1;
  return (
    <div className={hit ? 'endpoint-test hit' : 'endpoint-test'}>
      <span className="endpoint-test-name">{guardWord(of.guard)}</span>
      <span className="endpoint-test-bar" role="meter" aria-valuemin={0} aria-valuemax={1} aria-valuenow={share} aria-label={`Evidence on ${guardWord(of.guard)}`} aria-valuetext={`${number(of.evidence ?? 0)} of ${number(of.limit ?? 0)}`}>
        <span style={{ inlineSize: `${share * 100}%` }} />
      </span>
      <span className="endpoint-test-number" title="Evidence, and the limit at which the canary goes back">
        {rough(of.evidence ?? 0)} <span className="muted">of {rough(of.limit ?? 0)}</span>
      </span>
      <span className="muted endpoint-test-said">
        {of.message ??
          `${of.canary != null && of.control != null ? `${percentOr(of, of.canary)} against ${percentOr(of, of.control)}, ` : ''}${count(of.canary_requests ?? 0)} and ${count(of.control_requests ?? 0)} requests`}
      </span>
    </div>
  );
}

/** Evidence is looked at for its size. */
function rough(value: number): string {
  return number(Number(value.toPrecision(2)));
}

/** Errors and slow requests are shares; what predictions are compared by is a plain number. */
function percentOr({ guard }: CanaryTest, value: number): string {
  return guard === 'predictions' ? number(value) : percent(value);
}
