import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { workspacesQuery } from '../access/access';
import { workspace } from '../api/client';
import { Field, TextField } from '../ui/Field';
import { Loading, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { modelKey } from './models';
import { promote } from './promotions';

/** Sends a version to another workspace: dev to test, test to prod. What it carries, and what it does not, is said before it is sent. */
export function PromoteDialog({ name, version, onClose, done }: { name: string; version: string; onClose: () => void; done: () => void }) {
  const queries = useQueryClient();
  const here = workspace() ?? 'default';
  const workspaces = useQuery(workspacesQuery);
  const [chosen, setChosen] = useState('');
  const [model, setModel] = useState(name);
  const [reason, setReason] = useState('');
  const id = useId();
  const others = (workspaces.data ?? []).filter((one) => !one.deleted && one.name !== here);
  const to = chosen || (others.length === 1 ? others[0]!.name : '');
  const promoting = useMutation({
    mutationFn: () => promote(name, version, { workspace: to, model, reason }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`Version ${version} is on its way to ${to}.`);
      done();
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title={`Promote version ${version}`} action="Promote" ready={to !== '' && model.trim() !== '' && reason.trim() !== ''} busy={promoting.isPending} wrong={promoting.error} onSubmit={() => promoting.mutate()} onClose={onClose}>
      <Shown of={workspaces} loading={<Loading lines={2} />}>
        {() =>
          others.length === 0 ? (
            <p>You reach no other workspace than {here}. Whoever administers this server makes one under Settings, Workspaces, and gives you a role there.</p>
          ) : (
            <>
              <p className="muted registry-small">
                Its files are copied, each compared with its digest, and make a new version there, together with what was measured here. It begins in no stage: the gates of that workspace decide where it may go.
              </p>
              <div className="field">
                <label htmlFor={id}>Workspace</label>
                <select id={id} className="input" value={to} onChange={(event) => setChosen(event.target.value)}>
                  {to === '' && <option value="">Choose one</option>}
                  {others.map((one) => (
                    <option key={one.name}>{one.name}</option>
                  ))}
                </select>
              </div>
              <Field label="Model there" value={model} maxLength={256} autoComplete="off" onChange={(event) => setModel(event.target.value)} hint="Gets its next version; is made if it is not there yet." />
              <TextField label="Why" rows={2} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} hint="Required. Stands in both histories." />
            </>
          )
        }
      </Shown>
    </FormDialog>
  );
}
