import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Copyable } from '../ui/Value';
import { noteTag } from './experiments';
import type { Run } from './runs';

/** Tags that people set; those of programs are shown when they are asked for. */
export function RunTags({ run, id }: { run: Run; id: string }) {
  const [edited, setEdited] = useState<{ key: string; value: string; isNew: boolean } | null>(null);
  const [all, setAll] = useState(false);
  const may = useMay()('WriteExperiments');
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: ['run', id] });
  const save = useMutation({
    mutationFn: ({ key, value }: { key: string; value: string }) => post('/api/2.0/mlflow/runs/set-tag', { run_id: id, key: key.trim(), value }),
    meta: { silent: true },
    onSuccess: async () => {
      await refresh();
      setEdited(null);
    },
  });
  const drop = useMutation({ mutationFn: (key: string) => post('/api/2.0/mlflow/runs/delete-tag', { run_id: id, key }), onSuccess: refresh });
  const tags = (run.data?.tags ?? []).filter(({ key }) => key !== noteTag);
  const own = tags.filter(({ key = '' }) => !isOfPrograms(key));
  const hidden = tags.length - own.length;
  const form = edited && (
    <form
      className="run-tag-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (edited.key.trim() !== '') save.mutate(edited);
      }}
      onKeyDown={(event) => event.key === 'Escape' && setEdited(null)}
    >
      <Field label="Name" value={edited.key} disabled={!edited.isNew} autoFocus={edited.isNew} maxLength={250} onChange={(event) => setEdited({ ...edited, key: event.target.value })} />
      <Field label="Value" value={edited.value} autoFocus={!edited.isNew} onChange={(event) => setEdited({ ...edited, value: event.target.value })} wrong={save.error?.message} />
      <div className="row">
        <Button type="submit" look="primary" disabled={edited.key.trim() === '' || save.isPending}>
          Save
        </Button>
        <Button onClick={() => setEdited(null)}>Cancel</Button>
      </div>
    </form>
  );
  return (
    <section className="card stack">
      <div className="row between">
        <h2>Tags</h2>
        {may && edited === null && (
          <Button look="plain" onClick={() => setEdited({ key: '', value: '', isNew: true })}>
            <Icon name="plus" /> Add
          </Button>
        )}
      </div>
      {form}
      {(all ? tags : own).length === 0 && edited === null && <p className="muted">No tags. A tag is a name and a value that runs are found by.</p>}
      <ul role="list" className="run-tags">
        {(all ? tags : own).map(({ key = '', value = '' }) => (
          <li key={key}>
            <span className="run-tag-name">{key}</span>
            <Copyable text={value} title="Copy the exact value">
              <span className="run-cut">{value === '' ? '(empty)' : value}</span>
            </Copyable>
            {may && (
              <span className="run-tag-do">
                <Button look="plain" square aria-label={`Change tag ${key}`} title="Change" onClick={() => setEdited({ key, value, isNew: false })}>
                  <Icon name="edit" />
                </Button>
                <Button look="plain" square aria-label={`Remove tag ${key}`} title="Remove" disabled={drop.isPending} onClick={() => drop.mutate(key)}>
                  <Icon name="trash" />
                </Button>
              </span>
            )}
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <Button look="plain" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Hide those of programs' : `Show ${hidden} of programs`}
        </Button>
      )}
    </section>
  );
}

function isOfPrograms(key: string): boolean {
  return key.startsWith('mlflow.') || key.startsWith('slipway.');
}
