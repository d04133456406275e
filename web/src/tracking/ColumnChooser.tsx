import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Failed } from '../ui/States';
import { attributes, column, fullTitle, title, type Column, type Kind } from './columns';
import { moved } from './RunsHeadCell';
import { keysQuery } from './runQueries';
import { columnsMax } from './runsView';
import './ColumnChooser.css';

interface Props {
  experiments: readonly string[];
  columns: readonly Column[];
  pinned: number;
  apply: (columns: readonly Column[], pinned: number) => void;
  usual: () => void;
  onClose: () => void;
}

type Choice = { head: string } | { of: Column; runs: number | undefined };

const kinds: readonly { kind: Kind; label: string }[] = [
  { kind: 'attributes', label: 'Run' },
  { kind: 'metrics', label: 'Metrics' },
  { kind: 'params', label: 'Params' },
  { kind: 'tags', label: 'Tags' },
];

/** Chooses the columns of a table among any number of keys, and their order. */
export function ColumnChooser({ experiments, columns: given, pinned: givenPinned, apply, usual, onClose }: Props) {
  const [columns, setColumns] = useState(given);
  const [pinned, setPinned] = useState(givenPinned);
  const [text, setText] = useState('');
  const [kind, setKind] = useState<Kind | null>(null);
  const sought = useDeferredValue(text.trim().toLowerCase());
  const metrics = useKeys(experiments, 'metrics', sought);
  const params = useKeys(experiments, 'params', sought);
  const tags = useKeys(experiments, 'tags', sought);
  const scroller = useRef<HTMLDivElement>(null);
  const chosen = useMemo(() => new Set(columns.map((of) => of.field)), [columns]);

  const choices = useMemo(() => {
    const of: Record<Kind, { of: Column; runs: number | undefined }[]> = {
      attributes: Object.keys(attributes).map((key) => ({ of: column('attributes', key), runs: undefined })),
      metrics: metrics.keys.map(({ key, runs }) => ({ of: column('metrics', key), runs })),
      params: params.keys.map(({ key, runs }) => ({ of: column('params', key), runs })),
      tags: tags.keys.map(({ key, runs }) => ({ of: column('tags', key), runs })),
    };
    return kinds.flatMap(({ kind: one, label }): Choice[] => {
      if (kind !== null && kind !== one) return [];
      const found = of[one].filter((choice) => sought === '' || title(choice.of).toLowerCase().includes(sought));
      return found.length === 0 ? [] : [{ head: `${label} · ${count(found.length)}` }, ...found];
    });
  }, [metrics.keys, params.keys, tags.keys, sought, kind]);

  const rows = useVirtualizer({ count: choices.length, getScrollElement: () => scroller.current, estimateSize: () => 36, overscan: 10 });
  const problem = metrics.error ?? params.error ?? tags.error;
  const full = columns.length >= columnsMax;

  function toggle(of: Column): void {
    const at = columns.findIndex((one) => one.field === of.field);
    if (at < 0) setColumns([...columns, of].slice(0, columnsMax));
    else {
      setColumns(columns.filter((_, other) => other !== at));
      if (at < pinned) setPinned(pinned - 1);
    }
  }

  return (
    <Dialog
      wide
      title="Columns"
      onClose={onClose}
      footer={
        <>
          <Button
            onClick={() => {
              usual();
              onClose();
            }}
          >
            The usual ones
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            disabled={columns.length === 0}
            onClick={() => {
              apply(columns, Math.min(pinned, columns.length));
              onClose();
            }}
          >
            Show {count(columns.length)}
          </Button>
        </>
      }
    >
      <div className="column-chooser">
        <section className="column-chooser-part" aria-label="What there is">
          <input className="input" type="search" autoFocus aria-label="Find a column" placeholder="Find among metrics, params, tags" value={text} onChange={(event) => setText(event.target.value)} />
          <div className="row" role="group" aria-label="Kind">
            {kinds.map(({ kind: one, label }) => (
              <Button key={one} aria-pressed={kind === one} onClick={() => setKind(kind === one ? null : one)}>
                {label}
              </Button>
            ))}
          </div>
          {problem && <Failed problem={problem} />}
          <div ref={scroller} className="column-chooser-list" role="group" aria-label="Columns to show" tabIndex={0}>
            <div style={{ blockSize: rows.getTotalSize(), position: 'relative' }}>
              {rows.getVirtualItems().map((item) => {
                const choice = choices[item.index]!;
                const style = { transform: `translateY(${item.start}px)`, blockSize: item.size };
                if ('head' in choice)
                  return (
                    <h3 key={choice.head} className="column-chooser-line head" style={style}>
                      {choice.head}
                    </h3>
                  );
                const { of, runs } = choice;
                return (
                  <div key={of.field} className="column-chooser-line" style={style}>
                    <label title={title(of)}>
                      <input type="checkbox" checked={chosen.has(of.field)} disabled={full && !chosen.has(of.field)} onChange={() => toggle(of)} />
                      <span>{title(of)}</span>
                    </label>
                    {of.kind === 'metrics' ? (
                      (['min', 'max'] as const).map((one) => {
                        const other = column('metrics', of.key, one);
                        return (
                          <button key={one} type="button" className="column-chooser-of" aria-pressed={chosen.has(other.field)} aria-label={`${one} of ${of.key}`} disabled={full && !chosen.has(other.field)} onClick={() => toggle(other)}>
                            {one}
                          </button>
                        );
                      })
                    ) : (
                      <small className="muted">{runs === undefined ? '' : `${count(runs)} runs`}</small>
                    )}
                  </div>
                );
              })}
            </div>
            {choices.length === 0 && <p className="muted">{metrics.pending ? 'Looking…' : 'Nothing has this in its name.'}</p>}
          </div>
          {(metrics.more || params.more || tags.more) && <p className="muted">There are more keys than these: type a part of a name to find them.</p>}
        </section>
        <section className="column-chooser-part" aria-label="What is shown">
          <div className="row between">
            <h3>Shown, in this order</h3>
            <Button look="plain" onClick={() => setColumns([column('attributes', 'run_name')])}>
              Only the name
            </Button>
          </div>
          <Chosen columns={columns} pinned={pinned} setColumns={setColumns} setPinned={setPinned} drop={toggle} />
          {full && <p className="muted">A table has at most {count(columnsMax)} columns.</p>}
        </section>
      </div>
    </Dialog>
  );
}

/** The chosen columns: dragged, or moved with the arrow keys. */
function Chosen({ columns, pinned, setColumns, setPinned, drop }: { columns: readonly Column[]; pinned: number; setColumns: (columns: readonly Column[]) => void; setPinned: (pinned: number) => void; drop: (of: Column) => void }) {
  const [dragged, setDragged] = useState<number | null>(null);
  const list = useRef<HTMLOListElement>(null);

  function move(from: number, to: number): void {
    if (to < 0 || to >= columns.length || from === to) return;
    setColumns(moved(columns, from, to));
    requestAnimationFrame(() => list.current?.querySelectorAll<HTMLElement>('.column-chooser-grip')[to]?.focus());
  }

  return (
    <ol ref={list} className="column-chooser-list chosen" role="list">
      {columns.map((of, at) => (
        <li
          key={of.field}
          className={at === pinned - 1 ? 'column-chooser-line last-pinned' : 'column-chooser-line'}
          onDragOver={(event) => {
            event.preventDefault();
            if (dragged === null || dragged === at) return;
            setColumns(moved(columns, dragged, at));
            setDragged(at);
          }}
        >
          <button
            type="button"
            className="column-chooser-grip"
            draggable
            aria-label={`Move ${fullTitle(of)}: place ${at + 1} of ${columns.length}`}
            aria-keyshortcuts="ArrowUp ArrowDown"
            title="Drag, or press the arrow keys"
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move';
              setDragged(at);
            }}
            onDragEnd={() => setDragged(null)}
            onKeyDown={(event) => {
              if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
              event.preventDefault();
              move(at, at + (event.key === 'ArrowUp' ? -1 : 1));
            }}
          >
            ⠿
          </button>
          <span className="column-chooser-name" title={of.field}>
            {fullTitle(of)}
          </span>
          <Button look="plain" square aria-pressed={at < pinned} aria-label={`Pin ${fullTitle(of)}`} title={at < pinned ? 'Unpin' : 'Pin to the start'} onClick={() => (at < pinned ? (setColumns(moved(columns, at, pinned - 1)), setPinned(pinned - 1)) : (setColumns(moved(columns, at, pinned)), setPinned(pinned + 1)))}>
            <Icon name="pin" />
          </Button>
          <Button look="plain" square aria-label={`Hide ${fullTitle(of)}`} title="Hide" onClick={() => drop(of)}>
            <Icon name="close" />
          </Button>
        </li>
      ))}
    </ol>
  );
}

/** Keys of one kind: all of them where the server lists all, else those that hold the text. */
function useKeys(experiments: readonly string[], kind: 'metrics' | 'params' | 'tags', sought: string) {
  const all = useQuery(keysQuery(experiments, kind));
  const some = useQuery({ ...keysQuery(experiments, kind, sought), enabled: all.data?.more === true && sought !== '', placeholderData: (before) => before });
  const shown = all.data?.more && sought !== '' ? (some.data ?? all.data) : all.data;
  return { keys: shown?.keys ?? none, more: shown?.more ?? false, error: all.error ?? some.error, pending: all.isPending };
}

const none: readonly { key: string; runs?: number | undefined }[] = [];
