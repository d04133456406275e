import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { Field } from '../ui/Field';
import { endpointKey, removeEndpoint } from './endpoints';

/** Deletes an endpoint: programs that call it get 404 from then on, so its name is typed first. */
export function DeleteEndpoint({ name, onClose, done }: { name: string; onClose: () => void; done: () => Promise<unknown> }) {
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const deleting = useMutation({
    mutationFn: () => removeEndpoint(name),
    meta: { silent: true },
    onSuccess: async () => {
      // The page is left first: what asks for the endpoint every few seconds asks no more.
      await done();
      queries.removeQueries({ queryKey: endpointKey(name) });
      await queries.invalidateQueries({ queryKey: ['endpoints'] });
    },
  });
  return (
    <FormDialog title={`Delete ${name}?`} action="Delete for good" danger ready={typed === name} busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>Programs that call it are answered 404 from then on. The versions stay in the registry.</p>
      <Field label="Its name, to be sure" autoComplete="off" spellCheck={false} value={typed} onChange={(event) => setTyped(event.target.value)} />
    </FormDialog>
  );
}
