import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Failed, Loading } from '../ui/States';

/** Checks the whole log, and says what the answer means and what it does not. */
export function Verification({ onClose }: { onClose: () => void }) {
  const check = useQuery({ queryKey: ['audit', 'verify'], queryFn: ({ signal }) => get('/api/slipway/v1/audit/verify', { signal }), staleTime: 0, gcTime: 0 });
  const report = check.isFetching ? undefined : check.data;
  return (
    <Dialog
      title="Verify the event log"
      onClose={onClose}
      footer={
        <Button disabled={check.isFetching} onClick={() => void check.refetch()}>
          Check again
        </Button>
      }
    >
      {check.isFetching && (
        <>
          <p>Reading every event and computing its hash anew...</p>
          <Loading lines={2} />
        </>
      )}
      {check.error && !check.isFetching && <Failed problem={check.error} />}
      {report && (
        <>
          <p className={`audit-verdict ${report.whole ? 'good' : 'bad'}`} role="status">
            <Icon name={report.whole ? 'check' : 'close'} size={20} />
            <strong>{report.whole ? 'The log is whole.' : 'The log is not whole.'}</strong>
          </p>
          <dl className="facts">
            <dt>Events checked</dt>
            <dd>{count(report.events)}</dd>
            <dt>Seals checked</dt>
            <dd>{count(report.seals)}</dd>
            <dt>Heads compared</dt>
            <dd>{count(report.heads)}, signed and kept outside of the database</dd>
            {(report.unsealed ?? 0) > 0 && (
              <>
                <dt>Not sealed yet</dt>
                <dd>{count(report.unsealed)}: they are younger than a second</dd>
              </>
            )}
          </dl>
          {report.whole ? (
            <p className="muted">
              No event was edited, removed, inserted or put elsewhere since it was sealed. Who can read <code>audit.key</code> beside the data can sign other heads: keep the heads in a second place too, and compare them with{' '}
              <code>slipway audit verify --heads FILE</code>.
            </p>
          ) : (
            <>
              <p>Somebody or something changed the database beside Slipway. Stop writing to it, keep a copy, and compare with a backup.</p>
              <ul>
                {report.findings?.map((finding) => (
                  <li key={finding}>{finding}</li>
                ))}
              </ul>
            </>
          )}
        </>
      )}
    </Dialog>
  );
}
