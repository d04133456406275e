import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FormDialog } from '../access/FormDialog';
import { remove } from '../api/client';
import { toast } from '../ui/Toasts';
import type { Webhook } from './webhooks';

/** Asks before a webhook goes, with what was sent to it. */
export function DeleteWebhook({ of, onClose }: { of: Webhook; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const deleting = useMutation({
    mutationFn: () => remove('/api/2.0/mlflow/webhooks/{webhook_id}', { path: { webhook_id: of.webhook_id } }),
    meta: { silent: true },
    onSuccess: async () => {
      toast(`'${of.name}' is deleted.`);
      await navigate({ to: '/settings/webhooks' });
      onClose();
      queries.removeQueries({ queryKey: ['webhooks', 'one', of.webhook_id] });
      await queries.invalidateQueries({ queryKey: ['webhooks', 'list'] });
    },
  });
  return (
    <FormDialog title={`Delete '${of.name}'?`} action="Delete" danger ready busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>
        <span className="mono">{of.url}</span> is told nothing any more, what still waits is not sent, and the log of its deliveries goes with it. To pause it, switch it off instead.
      </p>
    </FormDialog>
  );
}
