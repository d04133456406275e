import { useQuery } from '@tanstack/react-query';
import { bytes, percent } from '../ui/format';
import { Time } from '../ui/Value';
import { isOnItsWay, promotionsQuery, shareOf, type Promotion } from './promotions';
import './promotions.css';

const shownMax = 10;

/** To which workspaces a version was promoted, and how far it is on its way. Nothing where it went nowhere. */
export function Promotions({ name, version }: { name: string; version: string }) {
  const all = useQuery(promotionsQuery(name, version)).data ?? [];
  if (all.length === 0) return null;
  return (
    <section className="card stack" aria-label="Promoted to">
      <h2>Promoted to</h2>
      <ul role="list" className="promotions">
        {all.slice(0, shownMax).map((one) => (
          <Row key={one.id} of={one} />
        ))}
      </ul>
      {all.length > shownMax && <p className="muted registry-small">and {all.length - shownMax} before</p>}
    </section>
  );
}

const words: Readonly<Record<string, readonly [string, string]>> = { WAITING: ['live', 'waits'], RUNNING: ['live', 'copying'], DONE: ['good', 'there'], FAILED: ['bad', 'failed'] };

function Row({ of }: { of: Promotion }) {
  const [tone, word] = words[of.status ?? ''] ?? ['', of.status ?? ''];
  const share = shareOf(of);
  return (
    <li className={of.status === 'FAILED' ? 'failed' : undefined}>
      <p className="row">
        <strong>{of.workspace}</strong> <span className={`pill ${tone}`}>{word}</span>
        <span>
          {of.to_version ? `as ${of.to_name} version ${of.to_version}` : of.to_name !== of.name ? `as ${of.to_name}` : ''}
        </span>
        <span className="muted">
          <Time at={of.ended_ms ?? of.created_ms} />
          {of.created_by && ` by ${of.created_by}`}
        </span>
      </p>
      {isOnItsWay(of) && (
        <p className="promotions-progress">
          <progress value={share} max={1} aria-label={`Copied to ${of.workspace}`} />
          <span className="muted">
            {percent(share)} of {bytes(of.bytes)}
          </span>
        </p>
      )}
      {of.reason && <p className="muted">{of.reason}</p>}
      {of.problem && <p className="promotions-problem">{of.problem}</p>}
    </li>
  );
}
