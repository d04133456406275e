import { duration } from '../ui/format';
import { Time } from '../ui/Value';
import type { Failure } from './jobs';

/** Attempts that failed, the newest first: when, for how long, why. */
export function Attempts({ of }: { of: readonly Failure[] }) {
  return (
    <ol role="list" className="jobs-attempts">
      {of.map((one, index) => (
        <li key={index}>
          <span>
            <strong>Attempt {one.attempt}</strong>{' '}
            <span className="muted">
              <Time at={one.from_ms} />
              {one.from_ms !== undefined && one.until_ms !== undefined && `, for ${duration(one.until_ms - one.from_ms)}`}
              {one.owner && `, on ${one.owner}`}
            </span>
          </span>
          <span className="jobs-why">{one.error}</span>
        </li>
      ))}
    </ol>
  );
}
