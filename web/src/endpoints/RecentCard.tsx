import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { micros } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { predictionsQuery } from './endpoints';
import { StatusPill, timeOf } from './predictions';
import type { Endpoint } from './wire';

/** The newest predictions; each leads to all that hangs on it. */
export function RecentCard({ of }: { of: Endpoint }) {
  const recent = useInfiniteQuery({ ...predictionsQuery(of.name, {}), refetchInterval: 5_000 });
  const found = recent.data?.pages[0]?.predictions ?? [];
  return (
    <section className="card stack" aria-label="Recent predictions">
      <div className="row between">
        <h2>Recent predictions</h2>
        {found.length > 0 && (
          <Link to="/endpoints/$name" params={{ name: of.name }} search={{ tab: 'predictions' }}>
            All
          </Link>
        )}
      </div>
      {recent.error && !recent.data && <Failed problem={recent.error} retry={() => void recent.refetch()} />}
      {recent.isPending && <Loading lines={3} />}
      {recent.data && found.length === 0 && <p className="muted endpoint-small">None yet: Try it sends one, Call it has the lines for your program.</p>}
      {found.length > 0 && (
        <ul role="list" className="endpoint-recent">
          {found.slice(0, 8).map((one) => (
            <li key={one.id}>
              <Link from="/endpoints/$name" to="/endpoints/$name" params={{ name: of.name }} search={(before) => ({ ...before, prediction: one.id })} resetScroll={false} className="mono">
                {one.id?.slice(-8)}
              </Link>
              <span>
                {one.arm} v{one.version}
              </span>
              <span>{micros(timeOf(one))}</span>
              <StatusPill of={one} />
              <span className="muted">
                <Time at={one.at_ms} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
