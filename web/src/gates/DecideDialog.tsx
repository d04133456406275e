import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { TextField } from '../ui/Field';
import { Failed, Loading } from '../ui/States';
import { toast } from '../ui/Toasts';
import { act, approvalQuery, type ApprovalRequest } from './approvals';
import { CheckResults } from './CheckResults';
import { slotName } from './gates';

interface Props {
  of: ApprovalRequest;
  what: 'approve' | 'reject';
  onClose: () => void;
}

/** Says yes or no, with the evidence in sight: an approval holds for what is shown here, and for nothing that changes later. */
export function DecideDialog({ of, what, onClose }: Props) {
  const request = useQuery({ ...approvalQuery(of.id), refetchInterval: false });
  const [comment, setComment] = useState('');
  const queries = useQueryClient();
  const deciding = useMutation({
    mutationFn: () => act(request.data ?? of, what, comment),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(what === 'approve' ? 'Your approval counts.' : 'The request is rejected.');
      await queries.invalidateQueries({ queryKey: ['approvals'] });
    },
    // Somebody else may have decided, or the evidence is another one by now: what is shown is what counts.
    onError: () => void request.refetch(),
  });
  const approve = what === 'approve';
  return (
    <FormDialog
      title={`${approve ? 'Approve' : 'Reject'} ${of.model} version ${of.version} to ${slotName(of)}`}
      action={approve ? 'Approve' : 'Reject'}
      danger={!approve}
      ready={request.data !== undefined && (approve || comment.trim() !== '')}
      busy={deciding.isPending}
      wrong={deciding.error}
      onSubmit={() => deciding.mutate()}
      onClose={onClose}
    >
      {approve && (
        <section className="stack" aria-label="What it rests on">
          {request.data ? <CheckResults checks={request.data.checks ?? []} /> : request.error ? <Failed problem={request.error} retry={() => void request.refetch()} /> : <Loading lines={4} />}
        </section>
      )}
      <TextField
        label={approve ? 'Comment' : 'Why'}
        rows={3}
        maxLength={5000}
        value={comment}
        onChange={(event) => setComment(event.target.value)}
        hint={approve ? 'May be left out. It holds for the evidence above: when that changes, it has to be given anew.' : 'Who asked reads it, and it stays in the record.'}
      />
    </FormDialog>
  );
}
