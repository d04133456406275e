import { Link } from '@tanstack/react-router';
import { useWaiting } from '../gates/approvals';
import { slotName } from '../gates/gates';
import { count } from '../ui/format';
import { Time } from '../ui/Value';
import './home.css';

/** Requests that wait for who looks, the newest first. */
export function WaitingForYou() {
  const waiting = useWaiting();
  if (waiting.count === 0) return null;
  return (
    <section className="card">
      <h2>Waiting for you</h2>
      <ul className="home-list" role="list">
        {waiting.newest.map((one) => (
          <li key={one.id}>
            <Link to="/approvals/$id" params={{ id: String(one.id) }}>
              {one.model} version {one.version} to {slotName(one)}
            </Link>
            <span className="muted">
              <Time at={one.asked_ms} />
            </span>
            <span className="muted">asked by {one.asked_by}</span>
          </li>
        ))}
      </ul>
      <p>
        <Link to="/approvals">{waiting.count === 1 ? 'The inbox' : `All ${count(waiting.count)}`}</Link>
      </p>
    </section>
  );
}
