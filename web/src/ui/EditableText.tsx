import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from './Button';
import { TextField } from './Field';
import { Icon } from './Icon';
import { Markdown } from './Markdown';

interface Props {
  title: string;
  text: string | null;
  /** What stands there while there is no text. */
  empty: string;
  may: boolean;
  max?: number;
  save: (text: string) => Promise<unknown>;
  saved: () => Promise<unknown>;
}

/** Markdown of people, changed in place. */
export function EditableText({ title, text, empty, may, max, save, saved }: Props) {
  const [draft, setDraft] = useState<string | null>(null);
  const saving = useMutation({
    mutationFn: save,
    meta: { silent: true },
    onSuccess: async () => {
      await saved();
      setDraft(null);
    },
  });
  return (
    <section className="card stack" aria-label={title}>
      <div className="row between">
        <h2>{title}</h2>
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
          <p className="muted">{empty}</p>
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
          <TextField label="Text" hint="Markdown. Ctrl+Enter saves." rows={8} autoFocus maxLength={max} value={draft} wrong={saving.error?.message} onChange={(event) => setDraft(event.target.value)} />
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
