import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { act, type ApprovalRequest } from './approvals';

/** Takes a request back. */
export function WithdrawDialog({ of, onClose }: { of: ApprovalRequest; onClose: () => void }) {
  const [comment, setComment] = useState('');
  const queries = useQueryClient();
  const withdrawing = useMutation({
    mutationFn: () => act(of, 'withdraw', comment),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast('The request is withdrawn.');
      await queries.invalidateQueries({ queryKey: ['approvals'] });
    },
  });
  return (
    <FormDialog title="Withdraw the request?" action="Withdraw" danger ready busy={withdrawing.isPending} wrong={withdrawing.error} onSubmit={() => withdrawing.mutate()} onClose={onClose}>
      <p>Approvals that were given are of no use then. It can be asked again at any time.</p>
      <TextField label="Why" rows={2} maxLength={5000} value={comment} onChange={(event) => setComment(event.target.value)} hint="May be left out." />
    </FormDialog>
  );
}
