import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { patch } from '../api/client';
import { Field, TextField } from '../ui/Field';
import { modelKey } from './models';
import { changes, profileFields, type Profile, type ProfileField } from './profile';

/** Says who owns a model and what it is for. If somebody else changed it meanwhile, nothing of theirs is lost. */
export function ProfileDialog({ name, of, onClose }: { name: string; of: Profile; onClose: () => void }) {
  const [draft, setDraft] = useState(() => Object.fromEntries(profileFields.map(({ key }) => [key, of[key] ?? ''])) as Record<ProfileField, string>);
  const queries = useQueryClient();
  const set = (key: ProfileField, value: string) => setDraft({ ...draft, [key]: value });
  const changed = changes(of, draft);
  const saving = useMutation({
    mutationFn: () => patch('/api/slipway/v1/models/{name}/profile', { ...changed, expected_updated_ms: of.updated_ms ?? 0 }, { path: { name } }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title="Ownership and use" action="Save" ready={Object.keys(changed).length > 0} busy={saving.isPending} wrong={saving.error} onSubmit={() => saving.mutate()} onClose={onClose}>
      {profileFields.map(({ key, label, hint, long }) =>
        long ? (
          <TextField key={key} label={label} hint={`${hint} Markdown.`} rows={3} maxLength={5000} value={draft[key]} onChange={(event) => set(key, event.target.value)} />
        ) : (
          <Field key={key} label={label} hint={hint} maxLength={250} type={key.endsWith('_date') ? 'date' : 'text'} value={draft[key]} onChange={(event) => set(key, event.target.value)} />
        ),
      )}
    </FormDialog>
  );
}
