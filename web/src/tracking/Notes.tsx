import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, patch, post, remove, type Wire } from '../api/client';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Markdown } from '../ui/Markdown';
import { Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import './notes.css';

type Note = Wire['Note'];

/** What people say about a run, an experiment or a report, and their answers. */
export function Notes({ subject }: { subject: string }) {
  const me = useQuery(meQuery).data;
  const queries = useQueryClient();
  const [answered, setAnswered] = useState<string | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: ['notes', subject] });
  const pages = useInfiniteQuery({
    queryKey: ['notes', subject],
    queryFn: ({ pageParam, signal }) => get('/api/slipway/v1/notes', { query: { subject, max: 200, page_token: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
  });
  if (pages.error && !pages.data) return <Failed problem={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Loading lines={4} />;
  const notes = pages.data.pages.flatMap((page) => page.notes ?? []);
  const answers = new Map<string, Note[]>();
  for (const note of notes) if (note.reply_to) answers.set(note.reply_to, [...(answers.get(note.reply_to) ?? []), note]);
  const known = new Set(notes.map(({ id }) => id));
  const write = (text: string, to?: string) => post('/api/slipway/v1/notes', { subject, text, reply_to: to });
  const draw = (note: Note, depth: number) => (
    <li key={note.id}>
      <OneNote note={note} refresh={refresh} answer={me ? () => setAnswered(note.id ?? null) : undefined} />
      {answered === note.id && (
        <Write
          label="Answer"
          autoFocus
          save={(text) => write(text, note.id)}
          saved={() => {
            setAnswered(null);
            return refresh();
          }}
          cancel={() => setAnswered(null)}
        />
      )}
      {(answers.get(note.id ?? '')?.length ?? 0) > 0 && (
        <ol role="list" className={depth < 4 ? 'notes-answers' : 'notes-list'}>
          {answers.get(note.id ?? '')!.map((one) => draw(one, depth + 1))}
        </ol>
      )}
    </li>
  );
  return (
    <section className="notes card stack" aria-label="Notes">
      {notes.length === 0 && <p className="muted">No notes yet. What somebody should know about this goes here; whoever may read this reads it.</p>}
      <ol role="list" className="notes-list">
        {notes.filter(({ reply_to }) => !reply_to || !known.has(reply_to)).map((note) => draw(note, 0))}
      </ol>
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
          More notes
        </Button>
      )}
      <Write label="New note" save={(text) => write(text)} saved={refresh} />
    </section>
  );
}

function OneNote({ note, refresh, answer }: { note: Note; refresh: () => Promise<unknown>; answer: (() => void) | undefined }) {
  const [editing, setEditing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const drop = useMutation({ mutationFn: () => remove('/api/slipway/v1/notes/{id}', { path: { id: note.id ?? '' } }), onSuccess: refresh });
  if (note.deleted) return <p className="muted note-gone">This note was deleted.</p>;
  return (
    <article className="note">
      <header className="row">
        <strong>{note.author ?? 'Somebody'}</strong>
        <span className="muted">
          <Time at={note.created_ms} />
          {note.edited_ms && ', edited'}
        </span>
      </header>
      {editing ? (
        <Write
          label="Note"
          text={note.text ?? ''}
          autoFocus
          save={(text) => patch('/api/slipway/v1/notes/{id}', { text }, { path: { id: note.id ?? '' } })}
          saved={() => {
            setEditing(false);
            return refresh();
          }}
          cancel={() => setEditing(false)}
        />
      ) : (
        <>
          <Markdown text={note.text ?? ''} />
          <div className="row note-do">
            {answer && (
              <Button look="plain" onClick={answer}>
                Answer
              </Button>
            )}
            {note.may_edit && (
              <Button look="plain" onClick={() => setEditing(true)}>
                Edit
              </Button>
            )}
            {note.may_delete &&
              (leaving ? (
                <>
                  <Button look="danger" autoFocus disabled={drop.isPending} onClick={() => drop.mutate()}>
                    Delete it
                  </Button>
                  <Button onClick={() => setLeaving(false)}>Keep it</Button>
                </>
              ) : (
                <Button look="plain" onClick={() => setLeaving(true)}>
                  Delete
                </Button>
              ))}
          </div>
        </>
      )}
    </article>
  );
}

interface WriteProps {
  label: string;
  text?: string;
  autoFocus?: boolean;
  save: (text: string) => Promise<unknown>;
  saved: () => Promise<unknown>;
  cancel?: () => void;
}

function Write({ label, text = '', autoFocus, save, saved, cancel }: WriteProps) {
  const [draft, setDraft] = useState(text);
  const saving = useMutation({
    mutationFn: () => save(draft),
    meta: { silent: true },
    onSuccess: () => {
      setDraft(text);
      return saved();
    },
  });
  const ready = draft.trim() !== '' && draft !== text && !saving.isPending;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) saving.mutate();
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && ready) saving.mutate();
        if (event.key === 'Escape') cancel?.();
      }}
    >
      <TextField label={label} rows={3} autoFocus={autoFocus} value={draft} hint="Markdown. Ctrl+Enter saves." wrong={saving.error?.message} onChange={(event) => setDraft(event.target.value)} />
      <div className="row">
        <Button type="submit" look="primary" disabled={!ready}>
          Save
        </Button>
        {cancel && <Button onClick={cancel}>Cancel</Button>}
      </div>
    </form>
  );
}
