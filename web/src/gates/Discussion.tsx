import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Time } from '../ui/Value';
import { act, type ApprovalRequest } from './approvals';
import { entryText } from './approvalWords';

/** Everything that was said and done about a request, the oldest first, and room for more. */
export function Discussion({ of }: { of: ApprovalRequest }) {
  const [text, setText] = useState('');
  const queries = useQueryClient();
  const saying = useMutation({
    mutationFn: () => act(of, 'comments', text),
    meta: { silent: true },
    onSuccess: async () => {
      setText('');
      await queries.invalidateQueries({ queryKey: ['approvals'] });
    },
  });
  return (
    <section className="card stack" aria-label="Discussion">
      <h2>Discussion</h2>
      <ol role="list" className="gates-entries">
        {(of.entries ?? []).map((entry, index) => (
          <li key={index} className={entry.kind}>
            <div className="row between">
              <span>
                <strong>{entryText(entry)}</strong>
                {entry.kind === 'approved' && entry.counts === false && <span className="pill warn">counts no more</span>}
              </span>
              <span className="muted">
                <Time at={entry.at_ms} />
              </span>
            </div>
            {entry.text && <p>{entry.text}</p>}
          </li>
        ))}
      </ol>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim() !== '') saying.mutate();
        }}
      >
        <TextField label="Comment" rows={3} maxLength={5000} value={text} wrong={saying.error?.message} onChange={(event) => setText(event.target.value)} />
        <div>
          <Button type="submit" disabled={text.trim() === '' || saying.isPending}>
            Comment
          </Button>
        </div>
      </form>
    </section>
  );
}
