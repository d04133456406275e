import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Markdown } from '../ui/Markdown';
import { noteTag } from './experiments';

/** What people wrote about a run, changed in place. */
export function Description({ id, text }: { id: string; text: string | null }) {
  const [draft, setDraft] = useState<string | null>(null);
  const may = useMay()('WriteExperiments');
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: (value: string) => post('/api/2.0/mlflow/runs/set-tag', { run_id: id, key: noteTag, value }),
    meta: { silent: true },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['run', id] });
      setDraft(null);
    },
  });
  return (
    <section className="card stack">
      <div className="row between">
        <h2>Description</h2>
        {may && draft === null && (
          <Button look="plain" onClick={() => setDraft(text ?? '')}>
            <Icon name="edit" /> {text ? 'Edit' : 'Add'}
          </Button>
        )}
      </div>
      {draft === null ? (
        text ? (
          <Markdown text={text} />
        ) : (
          <p className="muted">Nothing is written about this run.</p>
        )
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            saving.mutate(draft);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') setDraft(null);
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) saving.mutate(draft);
          }}
        >
          <TextField label="Text" hint="Markdown. Ctrl+Enter saves." rows={8} autoFocus value={draft} wrong={saving.error?.message} onChange={(event) => setDraft(event.target.value)} />
          <div className="row">
            <Button type="submit" look="primary" disabled={saving.isPending}>
              Save
            </Button>
            <Button onClick={() => setDraft(null)}>Cancel</Button>
          </div>
        </form>
      )}
    </section>
  );
}
