import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { DraftTry } from './DraftTry';
import { savePolicy, type Policy } from './policies';
import { PolicyForm } from './PolicyForm';

/** Changes a policy into its next version. */
export function EditPolicy({ of, onClose }: { of: Policy; onClose: () => void }) {
  const [yaml, setYaml] = useState(of.yaml ?? '');
  const [note, setNote] = useState('');
  const [valid, setValid] = useState<boolean>();
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: () => savePolicy(of.name, { yaml, note: note.trim(), from: of.version }),
    meta: { silent: true },
    onSuccess: async (saved) => {
      toast(`Version ${saved.version} counts from now on.`);
      onClose();
      await queries.invalidateQueries({ queryKey: ['policies'] });
    },
  });
  return (
    <form
      className="card stack"
      aria-label="Edit the policy"
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <PolicyForm name={of.name} yaml={yaml} onChange={setYaml} onValid={setValid} />
      <DraftTry yaml={yaml} name={of.name} />
      <Field label="Why" maxLength={1000} value={note} onChange={(event) => setNote(event.target.value)} hint="Stands beside the version for ever." />
      {saving.error && (
        <div className="problem" role="alert">
          {saving.error.message}
        </div>
      )}
      <div className="row">
        <Button type="submit" look="primary" disabled={yaml === of.yaml || valid === false || saving.isPending}>
          Save as version {of.version + 1}
        </Button>
        <Button onClick={onClose}>Cancel</Button>
      </div>
    </form>
  );
}
