import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import type { Experiment } from './experiments';

/** Asks for a name; what is wrong with it is said under it. */
export function NameDialog({ title, action, name = '', hint = 'Programs name the experiment by it.', onClose, save, saved }: { title: string; action: string; name?: string | undefined; hint?: string; onClose: () => void; save: (name: string) => Promise<unknown>; saved: (name: string) => Promise<unknown> }) {
  const [text, setText] = useState(name);
  const saving = useMutation({
    mutationFn: () => save(text.trim()),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      return saved(text.trim());
    },
  });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={text.trim() === '' || text.trim() === name || saving.isPending} onClick={() => saving.mutate()}>
            {action}
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '' && text.trim() !== name) saving.mutate();
        }}
      >
        <Field label="Name" value={text} autoFocus maxLength={500} onChange={(event) => setText(event.target.value)} wrong={saving.error?.message} hint={hint} />
      </form>
    </Dialog>
  );
}

/** Asks before an experiment is deleted. */
export function DeleteDialog({ of, onClose, done }: { of: Experiment; onClose: () => void; done: () => Promise<unknown> }) {
  const deleting = useMutation({
    mutationFn: () => post('/api/2.0/mlflow/experiments/delete', { experiment_id: of.experiment_id }),
    onSuccess: () => {
      onClose();
      toast(`'${of.name}' is deleted. It can be brought back.`);
      return done();
    },
  });
  return (
    <Dialog
      title={`Delete '${of.name}'?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" autoFocus disabled={deleting.isPending} onClick={() => deleting.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <p>
        Its runs go with it. All of it can be brought back under Deleted until <code>slipway gc</code> collects it.
      </p>
    </Dialog>
  );
}
