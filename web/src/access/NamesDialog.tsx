import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { patch } from '../api/client';
import { Field } from '../ui/Field';
import type { Member } from './access';
import { FormDialog } from './FormDialog';

/** Changes what people read about a member; the name that it signs in with stays. */
export function NamesDialog({ of, onClose }: { of: Member; onClose: () => void }) {
  const [displayName, setDisplayName] = useState(of.display_name);
  const [email, setEmail] = useState(of.email ?? '');
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: () => patch('/api/slipway/v1/access/members/{name}', { display_name: displayName, email }, { path: { name: of.name } }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      return queries.invalidateQueries({ queryKey: ['members'] });
    },
  });
  return (
    <FormDialog title={`Name and address of '${of.name}'`} action="Save" ready busy={saving.isPending} wrong={saving.error} onSubmit={() => saving.mutate()} onClose={onClose}>
      <Field label="Full name" autoComplete="off" maxLength={200} value={displayName} onChange={(event) => setDisplayName(event.target.value)} hint="For people to read." />
      {of.kind === 'person' && <Field label="E-mail address" type="email" autoComplete="off" maxLength={200} value={email} onChange={(event) => setEmail(event.target.value)} />}
    </FormDialog>
  );
}
