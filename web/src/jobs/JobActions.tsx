import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { Button } from '../ui/Button';
import { toast } from '../ui/Toasts';
import { cancelJob, retryJob, type Job } from './jobs';
import { canCancel, canRetry } from './jobWords';

/** What can be done with a job. The right to do it is the right to see the page. */
export function JobActions({ of }: { of: Job }) {
  const [asking, setAsking] = useState(false);
  const queries = useQueryClient();
  const name = `${of.kind} ${of.name || of.id}`;
  const retrying = useMutation({
    mutationFn: () => retryJob(of.id),
    onSuccess: () => {
      toast(of.state === 'FAILED' ? 'It begins anew.' : 'It is due now.');
      return queries.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  const cancelling = useMutation({
    mutationFn: () => cancelJob(of.id),
    meta: { silent: true },
    onSuccess: () => {
      setAsking(false);
      toast('The job is gone.');
      return queries.invalidateQueries({ queryKey: ['jobs'] });
    },
  });
  return (
    <span className="row jobs-actions">
      {canRetry(of) && (
        <Button look="plain" disabled={retrying.isPending} aria-label={`${of.state === 'FAILED' ? 'Retry' : 'Run now'}: ${name}`} onClick={() => retrying.mutate()}>
          {of.state === 'FAILED' ? 'Retry' : 'Run now'}
        </Button>
      )}
      {canCancel(of) && (
        <Button look="plain" aria-label={`Cancel ${name}`} onClick={() => setAsking(true)}>
          Cancel
        </Button>
      )}
      {asking && (
        <FormDialog title="Cancel the job?" action="Cancel the job" danger ready busy={cancelling.isPending} wrong={cancelling.error} onSubmit={() => cancelling.mutate()} onClose={() => setAsking(false)}>
          <p>
            <strong>{of.kind}</strong> <span className="mono">{of.name || of.id}</span> {of.state === 'RUNNING' ? 'is stopped within seconds, and can publish nothing from now on.' : 'is not done.'} This cannot be taken back.
          </p>
        </FormDialog>
      )}
    </span>
  );
}
