import { useState } from 'react';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';

const listedMax = 300;

interface Props {
  label: string;
  all: readonly string[];
  chosen: readonly string[];
  max?: number;
  name?: (key: string) => string;
  onChoose: (keys: string[]) => void;
}

/** A button that opens a list to choose some of many keys from. */
export function KeysChoice({ label, all, chosen, max = 50, name = (key) => key, onChoose }: Props) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const found = all.filter((key) => key.toLowerCase().includes(text.trim().toLowerCase()));
  return (
    <>
      <Button onClick={() => setOpen(true)} aria-haspopup="dialog">
        {label}: {chosen.length} of {all.length}
      </Button>
      {open && (
        <Dialog title={label} onClose={() => setOpen(false)} footer={<Button look="primary" onClick={() => setOpen(false)}>Done</Button>}>
          <input className="input" type="search" aria-label={`Find among ${label}`} placeholder="Find" autoFocus value={text} onChange={(event) => setText(event.target.value)} />
          <div className="row">
            <Button onClick={() => onChoose([...new Set([...chosen, ...found])].slice(0, max))}>Choose these</Button>
            <Button onClick={() => onChoose(chosen.filter((key) => !found.includes(key)))}>Leave these out</Button>
            <span className="muted">
              {chosen.length} chosen, at most {max}
            </span>
          </div>
          <ul role="list" className="keys-choice" aria-label={label}>
            {found.slice(0, listedMax).map((key) => (
              <li key={key}>
                <label>
                  <input type="checkbox" checked={chosen.includes(key)} disabled={!chosen.includes(key) && chosen.length >= max} onChange={(event) => onChoose(event.target.checked ? [...chosen, key] : chosen.filter((one) => one !== key))} />
                  {name(key)}
                </label>
              </li>
            ))}
          </ul>
          {found.length > listedMax && <p className="muted">{found.length - listedMax} more: write part of the name above.</p>}
        </Dialog>
      )}
    </>
  );
}
