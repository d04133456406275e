import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { post } from '../api/client';
import { TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { modelKey } from './models';
import { slotText, type Slot } from './slots';

/** Asks those who may approve to let a version go somewhere. */
export function AskDialog({ name, version, slot, onClose }: { name: string; version: string; slot: Slot; onClose: () => void }) {
  const [comment, setComment] = useState('');
  const queries = useQueryClient();
  const asking = useMutation({
    mutationFn: () => post('/api/slipway/v1/models/{name}/versions/{version}/approvals', { [slot.kind]: slot.name, comment: comment.trim() || undefined }, { path: { name, version } }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast('Asked. Whoever may approve finds it among the approvals.');
      await Promise.all([queries.invalidateQueries({ queryKey: modelKey(name) }), queries.invalidateQueries({ queryKey: ['approvals'] })]);
    },
  });
  return (
    <FormDialog title={`Ask for approval: version ${version} to ${slotText(slot)}`} action="Ask" ready busy={asking.isPending} wrong={asking.error} onSubmit={() => asking.mutate()} onClose={onClose}>
      <TextField label="Why" rows={4} maxLength={5000} value={comment} onChange={(event) => setComment(event.target.value)} hint="What is better in it, and what to look at." />
    </FormDialog>
  );
}
