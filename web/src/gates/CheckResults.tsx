import type { ReactNode } from 'react';
import { Icon, type IconName } from '../ui/Icon';
import { Copyable, Num, Time } from '../ui/Value';
import { byNeed, resultLook, type CheckResult } from './gates';
import './gates.css';

const icons: Readonly<Record<string, IconName>> = { passed: 'check', failed: 'close', pending: 'clock', waived: 'eye' };

/** The checks of a gate as a list: how each stands, on what evidence, and what to do about it. */
export function CheckResults({ checks, actions }: { checks: readonly CheckResult[]; actions?: (check: CheckResult) => ReactNode }) {
  if (checks.length === 0) return <p className="muted">No policy asks for anything here.</p>;
  return (
    <ul role="list" className="gates-checks" aria-label="Checks">
      {byNeed(checks).map((one) => (
        <Check key={`${one.policy} ${one.id}`} of={one} actions={actions?.(one)} />
      ))}
    </ul>
  );
}

function Check({ of, actions }: { of: CheckResult; actions: ReactNode }) {
  const { look, text } = resultLook(of);
  const evidence = of.evidence ?? [];
  return (
    <li className={`gates-check ${of.status ?? ''}`}>
      <span className="gates-mark">
        <Icon name={icons[of.status ?? ''] ?? 'more'} size={14} />
      </span>
      <div className="gates-said">
        <div className="row between">
          <strong>{of.title ?? of.id}</strong>
          <span className="row">
            {actions}
            <span className={`pill ${look}`}>{text}</span>
          </span>
        </div>
        {of.message && <p>{of.message}</p>}
        {of.waiver && (
          <p className="gates-waiver">
            Waived by {of.waiver.by} <Time at={of.waiver.at_ms} />: {of.waiver.reason}
          </p>
        )}
        {of.remedy && of.status !== 'passed' && (
          <p className="muted">
            Next: {of.remedy.startsWith('slipway ') ? <Copyable text={of.remedy} title="Copy the command"><code>{of.remedy}</code></Copyable> : of.remedy}
          </p>
        )}
        {evidence.length > 0 && (
          <details className="gates-evidence">
            <summary>Evidence</summary>
            <dl className="facts">
              {evidence.map(({ name = '', value = '' }) => (
                <div key={name} className="gates-fact">
                  <dt>{name.replaceAll('_', ' ')}</dt>
                  <dd className="mono">
                    {/^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(value) ? <Num value={value} /> : <Copyable text={value} title="Copy" />}
                  </dd>
                </div>
              ))}
            </dl>
          </details>
        )}
        <p className="muted gates-from">
          {of.policy}
          {of.policy_version !== undefined && ` version ${of.policy_version}`} · {of.id}
        </p>
      </div>
    </li>
  );
}
