import { Link } from '@tanstack/react-router';
import type { Wire } from '../api/client';
import { Time } from '../ui/Value';
import './home.css';

const shownMax = 5;

/** Days that passed for models: a review that is due, a retirement that is over. */
export function Notices({ of }: { of: readonly Wire['AttentionNotice'][] | undefined }) {
  if (!of || of.length === 0) return null;
  return (
    <section className="card">
      <h2>Models whose day has passed</h2>
      <ul className="home-list" role="list">
        {of.slice(0, shownMax).map((one) => (
          <li key={`${one.kind} ${one.name}`}>
            <Link to="/models/$name" params={{ name: one.name ?? '' }} title={one.message}>
              {one.name}
            </Link>
            <span className="muted">
              <Time at={one.due_ms} />
            </span>
            <span className="muted">{/retire/i.test(one.kind ?? '') ? 'was to go out of use' : /review/i.test(one.kind ?? '') ? 'was to be reviewed' : one.message}</span>
            <span className="muted">{one.owner}</span>
          </li>
        ))}
      </ul>
      {of.length > shownMax && <p className="muted">and {of.length - shownMax} more</p>}
    </section>
  );
}
