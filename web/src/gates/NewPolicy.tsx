import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { DraftTry } from './DraftTry';
import { firstPolicy, savePolicy } from './policies';
import { PolicyForm } from './PolicyForm';

/** Makes a policy. */
export function NewPolicy({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [yaml, setYaml] = useState(firstPolicy);
  const [valid, setValid] = useState<boolean>();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const saving = useMutation({
    mutationFn: () => savePolicy(name, { yaml, from: 0 }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`'${name}' is made. It counts once it is attached.`);
      await queries.invalidateQueries({ queryKey: ['policies'] });
      await navigate({ to: '/settings/policies/$name', params: { name } });
    },
  });
  return (
    <Dialog
      wide
      title="New policy"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={name === '' || valid === false || saving.isPending} onClick={() => saving.mutate()}>
            Create
          </Button>
        </>
      }
    >
      <Field label="Name" autoFocus autoComplete="off" spellCheck={false} maxLength={100} value={name} onChange={(event) => setName(event.target.value.trim())} hint="Such as customers, or staging." />
      <PolicyForm name={name} yaml={yaml} onChange={setYaml} onValid={setValid} />
      <DraftTry yaml={yaml} name={name} />
      {saving.error && (
        <div className="problem" role="alert">
          {saving.error.message}
        </div>
      )}
    </Dialog>
  );
}
