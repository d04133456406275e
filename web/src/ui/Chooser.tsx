import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useId, useState } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';
import './chooser.css';

/** One thing that can be chosen. */
export interface Choice {
  id: string;
  name: string;
  note?: string | undefined;
}

interface Props {
  label: string;
  hint?: string | undefined;
  placeholder?: string | undefined;
  chosen: Choice | null;
  onChoose: (choice: Choice | null) => void;
  /** Names what is searched, for the cache. */
  of: string;
  find: (text: string, signal: AbortSignal) => Promise<readonly Choice[]>;
}

/** Chooses one of very many by typing a part of its name: arrows move, Enter chooses, Escape closes the list. */
export function Chooser({ label, hint, placeholder, chosen, onChoose, of, find }: Props) {
  const [text, setText] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const id = useId();
  const asked = useDeferredValue(text.trim());
  const answer = useQuery({ queryKey: ['choose', of, asked], queryFn: ({ signal }) => find(asked, signal), enabled: open, placeholderData: keepPreviousData });
  const choices = answer.data ?? [];

  function choose(choice: Choice): void {
    onChoose(choice);
    setOpen(false);
    setText('');
  }

  return (
    <div className="field chooser">
      <label htmlFor={id}>{label}</label>
      {chosen ? (
        <div className="input chooser-chosen">
          <span id={id}>
            {chosen.name} {chosen.note && <span className="muted">{chosen.note}</span>}
          </span>
          <Button look="plain" square aria-label={`${label}: choose another`} onClick={() => onChoose(null)}>
            <Icon name="close" size={12} />
          </Button>
        </div>
      ) : (
        <input
          id={id}
          className="input"
          role="combobox"
          autoComplete="off"
          aria-expanded={open}
          aria-controls={`${id}-list`}
          aria-describedby={`${id}-hint`}
          aria-activedescendant={open && choices[at] ? `${id}-${at}` : undefined}
          placeholder={placeholder}
          value={text}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
            setOpen(true);
          }}
          onKeyDown={(event) => {
            const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
            if (step !== 0) {
              event.preventDefault();
              setOpen(true);
              setAt((at + step + choices.length) % Math.max(1, choices.length));
            } else if (event.key === 'Enter' && open && choices[at]) {
              event.preventDefault();
              choose(choices[at]);
            } else if (event.key === 'Escape' && open) {
              event.preventDefault();
              event.stopPropagation();
              setOpen(false);
            }
          }}
        />
      )}
      {open && !chosen && (
        <ul id={`${id}-list`} role="listbox" aria-label={label} className="chooser-list">
          {choices.map((choice, index) => (
            <li
              key={choice.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onPointerMove={() => setAt(index)}
              // Before the field loses the focus, which closes the list.
              onPointerDown={(event) => {
                event.preventDefault();
                choose(choice);
              }}
            >
              <span>{choice.name}</span> <span className="muted">{choice.note}</span>
            </li>
          ))}
          {choices.length === 0 && (
            <li className="muted" role="option" aria-selected={false} aria-disabled>
              {answer.error ? answer.error.message : answer.isFetching ? 'Looking...' : 'Nothing has such a name.'}
            </li>
          )}
        </ul>
      )}
      <small id={`${id}-hint`}>{hint}</small>
    </div>
  );
}
