import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { Button } from '../ui/Button';
import { exact, number } from '../ui/format';
import { Empty } from '../ui/States';
import { copy } from '../ui/Value';
import { against, chosenRows, sideBySide } from './differences';
import type { ComparedRun } from './runs';
import type { TabProps } from './tab';

const rowHeight = 34;
const columnWidth = 176;

interface Props extends TabProps {
  /** What is compared: 'params'. */
  what: string;
  /** One map a run, in the order of the runs. */
  columns: readonly ReadonlyMap<string, string>[];
}

/** Runs as columns, what they have as rows; by itself it shows only what differs. */
export function DifferenceTable({ runs, search, change, what, columns }: Props) {
  const [text, setText] = useState('');
  const scroll = useRef<HTMLDivElement>(null);
  const order = useMemo(() => withBaseline(runs, search.baseline), [runs, search.baseline]);
  const all = useMemo(() => sideBySide(columns), [columns]);
  const rows = useMemo(() => chosenRows(all, search.alike === true, text), [all, search.alike, text]);
  const down = useVirtualizer({ count: rows.length, getScrollElement: () => scroll.current, estimateSize: () => rowHeight, overscan: 10 });
  const along = useVirtualizer({ horizontal: true, count: order.length, getScrollElement: () => scroll.current, estimateSize: () => columnWidth, overscan: 2 });
  const base = search.baseline === undefined ? -1 : runs.findIndex((run) => run.id === search.baseline);
  const shownColumns = along.getVirtualItems();

  return (
    <section className="difference stack" aria-label={what}>
      <div className="row" role="toolbar" aria-label={`Rows of ${what}`}>
        <input className="input grow" type="search" aria-label={`Find in ${what}`} placeholder="Find a name or value" value={text} onChange={(event) => setText(event.target.value)} />
        <Button aria-pressed={search.alike !== true} onClick={() => change({ alike: search.alike ? undefined : true })}>
          Only what differs
        </Button>
        <label className="compare-tool">
          Baseline
          <select className="input" value={search.baseline ?? ''} onChange={(event) => change({ baseline: event.target.value || undefined })}>
            <option value="">none</option>
            {runs.map((run) => (
              <option key={run.id} value={run.id}>
                {run.name}
              </option>
            ))}
          </select>
        </label>
        <span className="muted">
          {rows.length} of {all.length} {what}
        </span>
      </div>
      {all.length === 0 ? (
        <Empty title={`These runs have no ${what}`} />
      ) : rows.length === 0 ? (
        <Empty title={text === '' ? `No difference in ${what}` : 'Nothing has this name or value'}>{text === '' && <Button onClick={() => change({ alike: true })}>Show what is alike</Button>}</Empty>
      ) : (
        <div ref={scroll} className="difference-scroll card" role="table" aria-label={`${what} of ${runs.length} runs`} aria-rowcount={rows.length + 1} aria-colcount={runs.length + 1} tabIndex={0}>
          <div className="difference-size" style={{ blockSize: down.getTotalSize() + rowHeight, inlineSize: `calc(var(--difference-key) + ${along.getTotalSize()}px)` }}>
            <div className="difference-row head" role="row" aria-rowindex={1}>
              <div className="difference-key" role="columnheader">
                {what}
              </div>
              {shownColumns.map((column) => {
                const index = order[column.index]!;
                const run = runs[index]!;
                return (
                  <div key={run.id} className="difference-cell" role="columnheader" aria-colindex={column.index + 2} style={{ inlineSize: column.size, insetInlineStart: `calc(var(--difference-key) + ${column.start}px)` }}>
                    <Link to="/runs/$runId" params={{ runId: run.id }} title={run.name}>
                      {run.name}
                    </Link>
                    {index === base && <span className="pill">baseline</span>}
                  </div>
                );
              })}
            </div>
            {down.getVirtualItems().map((line) => {
              const row = rows[line.index]!;
              return (
                <div key={row.key} className="difference-row" role="row" aria-rowindex={line.index + 2} style={{ insetBlockStart: line.start + rowHeight, blockSize: line.size }}>
                  <div className="difference-key" role="rowheader" title={row.key}>
                    {row.key}
                  </div>
                  {shownColumns.map((column) => {
                    const index = order[column.index]!;
                    return (
                      <div key={column.key} className="difference-cell" role="cell" aria-colindex={column.index + 2} style={{ inlineSize: column.size, insetInlineStart: `calc(var(--difference-key) + ${column.start}px)` }}>
                        <Cell value={row.values[index]} base={base >= 0 && index !== base ? { value: row.values[base] } : null} />
                      </div>
                    );
                  })}
                </div>
              );
            })}
          </div>
        </div>
      )}
    </section>
  );
}

function withBaseline(runs: readonly ComparedRun[], baseline: string | undefined): number[] {
  const places = runs.map((_, index) => index);
  const first = runs.findIndex((run) => run.id === baseline);
  return first <= 0 ? places : [first, ...places.filter((place) => place !== first)];
}

function Cell({ value, base }: { value: string | undefined; base: { value: string | undefined } | null }) {
  if (value === undefined) return <span className="muted">–</span>;
  const apart = base === null ? null : against(value, base.value);
  const differs = base !== null && value !== base.value;
  return (
    <button type="button" className="copyable" title={`${value}\nA click copies it.`} onClick={() => void copy(value)}>
      <span className={differs ? 'difference-other' : undefined}>{value}</span>
      {apart !== null && (
        <small className="muted" title={exact(apart)}>
          {apart > 0 ? '+' : '−'}
          {number(Math.abs(apart))}
        </small>
      )}
    </button>
  );
}
