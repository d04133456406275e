import { Link, useSearch } from '@tanstack/react-router';
import { count } from '../ui/format';
import { Empty } from '../ui/States';
import { useNow } from '../ui/Value';
import type { Queue } from './jobs';
import { needsLook, oldestAge } from './jobWords';

/** The queues by kind, those that need a look first; the server's own loops are told apart. */
export function Queues({ queues }: { queues: readonly Queue[] }) {
  const now = useNow();
  const work = queues.filter((one) => !one.resident).sort((a, b) => Number(needsLook(b, now)) - Number(needsLook(a, now)) || a.kind.localeCompare(b.kind));
  const own = queues.filter((one) => one.resident);
  return (
    <section className="card stack" aria-label="Queues">
      {work.length === 0 ? (
        <Empty title="Nothing waits">
          <p>No webhook, evaluation or promotion has anything to do.</p>
        </Empty>
      ) : (
        <Table label="Queues" queues={work} now={now} />
      )}
      {own.length > 0 && (
        <details>
          <summary>The server’s own loops ({count(own.length)})</summary>
          <Table label="The server’s own loops" queues={own} now={now} />
        </details>
      )}
    </section>
  );
}

function Table({ label, queues, now }: { label: string; queues: readonly Queue[]; now: number }) {
  const { kind: chosen } = useSearch({ from: '/jobs' });
  return (
    <div className="scroll-x" role="group" aria-label={label} tabIndex={0}>
      <table className="data jobs-queues" aria-label={label}>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            {['Failed', 'Ready', 'Running', 'Waiting', 'Oldest due', 'Done here'].map((name) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {queues.map((one) => {
            const age = oldestAge(one, now);
            return (
              <tr key={one.kind} aria-current={one.kind === chosen ? 'true' : undefined}>
                <th scope="row">
                  <Link from="/jobs" to="/jobs" search={(before) => ({ ...before, kind: one.kind === chosen ? undefined : one.kind })} resetScroll={false}>
                    {one.kind}
                  </Link>
                </th>
                <td className="number">
                  {one.failed ? (
                    <Link to="/jobs" search={{ kind: one.kind, state: 'FAILED' }} className="pill bad" resetScroll={false} aria-label={`${one.failed} failed of ${one.kind}`}>
                      {count(one.failed)}
                    </Link>
                  ) : (
                    0
                  )}
                </td>
                <td className="number">{count(one.ready ?? 0)}</td>
                <td className="number">{one.running ? <span className="pill live">{count(one.running)}</span> : 0}</td>
                <td className="number">{count(one.delayed ?? 0)}</td>
                <td className="number">{age === null ? <span className="muted">none</span> : <span className={needsLook({ ...one, failed: 0 }, now) ? 'jobs-late' : undefined}>{age}</span>}</td>
                <td className="number" title="Since this server began">
                  {count(one.done_here ?? 0)}
                  {one.failed_here ? <span className="muted"> ({count(one.failed_here)} failed)</span> : null}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
