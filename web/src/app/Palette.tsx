import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useDeferredValue, useId, useState } from 'react';
import { parts } from '../access/places';
import { get, type Wire } from '../api/client';
import { Dialog } from '../ui/Dialog';
import { Failed } from '../ui/States';
import { useMay } from './me';
import './palette.css';

interface Found {
  kind: string;
  name: string;
  to: string;
  note?: string | undefined;
  right?: string | undefined;
}

const pages: readonly Found[] = [
  { kind: 'Page', name: 'Home', to: '/' },
  { kind: 'Page', name: 'Experiments', to: '/experiments' },
  { kind: 'Page', name: 'Models', to: '/models' },
  { kind: 'Page', name: 'Endpoints', to: '/endpoints' },
  { kind: 'Page', name: 'Reports', to: '/reports' },
  { kind: 'Page', name: 'Approvals', to: '/approvals', right: 'ReadModels' },
  { kind: 'Page', name: 'Jobs', to: '/jobs', right: 'Administer' },
  ...parts.flatMap((part) => part.places).map(({ to, label, right }) => ({ kind: 'Settings', name: label, to, right })),
];

/** Jumps to anything by its name or id. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const asked = useDeferredValue(text.trim());
  const navigate = useNavigate();
  const id = useId();
  const answer = useQuery({
    queryKey: ['find', asked],
    queryFn: ({ signal }) => get('/api/slipway/v1/find', { query: { q: asked, max: 20 }, signal }),
    enabled: asked !== '',
    placeholderData: keepPreviousData,
  });
  const may = useMay();
  const own = pages.filter((page) => (page.right === undefined || may(page.right)) && page.name.toLowerCase().includes(asked.toLowerCase()));
  const found = asked === '' ? own : [...own, ...(answer.data?.results ?? []).map(there)];
  const chosen = Math.min(at, Math.max(0, found.length - 1));

  function go(to: string): void {
    onClose();
    void navigate({ to });
  }

  return (
    <Dialog title="Find anything" onClose={onClose}>
      <input
        className="input"
        type="search"
        role="combobox"
        aria-expanded="true"
        aria-controls={id}
        aria-activedescendant={found.length > 0 ? `${id}-${chosen}` : undefined}
        aria-label="Name or id"
        placeholder="Name or id of an experiment, run, model, report..."
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
          if (step !== 0) {
            event.preventDefault();
            setAt((chosen + step + found.length) % Math.max(1, found.length));
          } else if (event.key === 'Enter' && found[chosen]) go(found[chosen].to);
        }}
      />
      {answer.error && <Failed problem={answer.error} />}
      <ul id={id} role="listbox" aria-label="Results" className="palette">
        {found.map((one, index) => (
          <li key={one.to} id={`${id}-${index}`} role="option" aria-selected={index === chosen} onPointerMove={() => setAt(index)} onClick={() => go(one.to)}>
            <span className="pill">{one.kind}</span>
            <span className="palette-name">{one.name}</span>
            <span className="muted mono">{one.note}</span>
          </li>
        ))}
      </ul>
      {asked !== '' && found.length === 0 && !answer.isFetching && <p className="muted">Nothing has this name or id.</p>}
    </Dialog>
  );
}

function there(result: Wire['FoundThing']): Found {
  const id = result.id ?? '';
  const name = result.name || id;
  switch (result.kind) {
    case 'run':
      return { kind: 'Run', name, to: `/runs/${id}`, note: id.slice(0, 8) };
    case 'experiment':
      return { kind: 'Experiment', name, to: `/experiments/${id}`, note: id };
    case 'report':
      return { kind: 'Report', name, to: `/reports/${id}` };
    case 'registered_model':
      return { kind: 'Model', name, to: `/models/${encodeURIComponent(id)}` };
    case 'prompt':
      return { kind: 'Prompt', name, to: `/models/${encodeURIComponent(id)}` };
    case 'endpoint':
      return { kind: 'Endpoint', name, to: `/endpoints/${encodeURIComponent(name)}` };
    default:
      return { kind: 'Logged model', name, to: `/experiments/${result.experiment_id ?? ''}`, note: id };
  }
}
