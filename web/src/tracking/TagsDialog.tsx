import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Failed } from '../ui/States';
import './TagsDialog.css';

interface Tag {
  key: string;
  value: string;
}

interface Props {
  title: string;
  /** Those that are there; of several things none is shown, and what is written is set on all of them. */
  tags: readonly Tag[];
  hint?: string;
  onClose: () => void;
  save: (set: readonly Tag[], removed: readonly string[]) => Promise<unknown>;
  saved: () => unknown;
}

/** Adds, changes and removes tags: nothing is kept until it is saved. */
export function TagsDialog({ title, tags, hint, onClose, save, saved }: Props) {
  const [rows, setRows] = useState<readonly Tag[]>([...tags, { key: '', value: '' }]);
  const set = rows.filter(({ key, value }) => key.trim() !== '' && !tags.some((one) => one.key === key.trim() && one.value === value)).map(({ key, value }) => ({ key: key.trim(), value }));
  const removed = tags.filter(({ key }) => !rows.some((one) => one.key.trim() === key)).map(({ key }) => key);
  const saving = useMutation({
    mutationFn: () => save(set, removed),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      return saved();
    },
  });
  const edit = (at: number, change: Partial<Tag>) => setRows(rows.map((one, row) => (row === at ? { ...one, ...change } : one)));
  return (
    <Dialog
      title={title}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={set.length + removed.length === 0 || saving.isPending} onClick={() => saving.mutate()}>
            Save
          </Button>
        </>
      }
    >
      {hint && <p className="muted">{hint}</p>}
      {saving.error && <Failed problem={saving.error} />}
      <ul role="list" className="tags-dialog">
        {rows.map((row, at) => (
          <li key={at}>
            <input className="input" aria-label="Key" placeholder="Key" maxLength={250} value={row.key} readOnly={row.key !== '' && tags.some((one) => one.key === row.key)} autoFocus={row.key === '' && at === rows.length - 1} onChange={(event) => edit(at, { key: event.target.value })} />
            <input className="input" aria-label={`Value of ${row.key || 'the new tag'}`} placeholder="Value" maxLength={5000} value={row.value} onChange={(event) => edit(at, { value: event.target.value })} />
            <Button look="plain" square aria-label={`Remove ${row.key || 'the new tag'}`} onClick={() => setRows(rows.filter((_, other) => other !== at))}>
              <Icon name="close" />
            </Button>
          </li>
        ))}
      </ul>
      <div>
        <Button onClick={() => setRows([...rows, { key: '', value: '' }])}>
          <Icon name="plus" /> Another tag
        </Button>
      </div>
    </Dialog>
  );
}
