import { useQuery } from '@tanstack/react-query';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Dialog } from '../ui/Dialog';
import { count } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { Copyable, Time } from '../ui/Value';
import { pretty } from '../webhooks/deliveryState';
import { Attempts } from './Attempts';
import { JobActions } from './JobActions';
import { jobQuery } from './jobs';
import { jobLook } from './jobWords';

/** One job: what it is told, how often it was tried, and why that failed. */
export function JobDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const found = useQuery(jobQuery(id));
  const job = found.data?.job;
  const failures = found.data?.failures ?? [];
  return (
    <Dialog
      wide
      title={job ? job.kind : `Job ${id}`}
      onClose={onClose}
      footer={
        <>
          {job && <JobActions of={job} />}
          <Button onClick={onClose}>Close</Button>
        </>
      }
    >
      {found.error && !job ? (
        <Failed problem={found.error} retry={() => void found.refetch()} />
      ) : !job ? (
        <Loading lines={6} />
      ) : (
        <>
          {found.error && <p className="muted">It is done or cancelled by now: this is how it was.</p>}
          <dl className="facts">
            <dt>State</dt>
            <dd>
              <span className={`pill ${jobLook(job).look}`}>{jobLook(job).text}</span>
            </dd>
            <dt>Name</dt>
            <dd className="mono">
              <Copyable text={job.name || job.id} />
            </dd>
            <dt>Attempts</dt>
            <dd>
              {count(job.attempts ?? 0)} of {count(job.attempts_max ?? 0)}
            </dd>
            <dt>Priority</dt>
            <dd>{job.priority === 1 ? 'high' : job.priority === -1 ? 'low' : 'normal'}</dd>
            <dt>Made</dt>
            <dd>
              <Time at={job.created_ms} />
            </dd>
            {job.owner && (
              <>
                <dt>Held by</dt>
                <dd className="mono">{job.owner}</dd>
              </>
            )}
          </dl>
          {job.error && failures.length === 0 && (
            <section className="stack">
              <h3>Error</h3>
              <CodeBlock text={job.error} label="Error" />
            </section>
          )}
          {failures.length > 0 && (
            <section className="stack">
              <h3>Failed attempts</h3>
              <Attempts of={failures} />
            </section>
          )}
          {found.data?.payload && found.data.payload !== '{}' && (
            <section className="stack">
              <h3>What it is told</h3>
              <CodeBlock text={pretty(found.data.payload)} label="What it is told" />
            </section>
          )}
        </>
      )}
    </Dialog>
  );
}
