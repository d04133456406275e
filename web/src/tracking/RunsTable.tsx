import { useVirtualizer } from '@tanstack/react-virtual';
import { useNavigate } from '@tanstack/react-router';
import { useCallback, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore, type ClipboardEvent, type KeyboardEvent, type MouseEvent, type Ref } from 'react';
import { isNumber, usualWidth, type Column } from './columns';
import { copied } from './RunCell';
import type { RunCells } from './runCells';
import type { Lines } from './runLines';
import { RunsHeadCell, type TableChange } from './RunsHeadCell';
import { RunsRow } from './RunsRow';
import { widthMax, type Sort } from './runsView';
import './RunsTable.css';

interface Props {
  label: string;
  lines: Lines;
  columns: readonly Column[];
  pinned: number;
  widths: ReadonlyMap<string, number>;
  sorts: readonly Sort[];
  group: Column | null;
  baseline: string | null;
  cells: RunCells;
  /** Runs to ask for beside those on the screen. */
  always: readonly string[];
  selected: ReadonlySet<string>;
  /** All runs of the table are selected. */
  all: boolean;
  busy: boolean;
  select: (next: ReadonlySet<string> | 'all') => void;
  open: (group: string) => void;
  change: (change: TableChange) => void;
  scroller: Ref<HTMLDivElement>;
}

/** Rows are asked for in pages of so many. */
const page = 100;
const selectWidth = 40;

/** The table of runs: draws the rows and columns on the screen, and asks for their cells. Arrows move, Space selects, Enter opens. */
export function RunsTable(props: Props) {
  const { label, lines, columns, widths, sorts, group, baseline, cells, always, selected, all, busy, select, open, change } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const navigate = useNavigate();
  const narrow = useNarrow();
  const pinned = narrow ? 0 : Math.min(props.pinned, columns.length);
  const [active, setActive] = useState<{ line: number; column: number }>({ line: 0, column: 1 });
  const [focused, setFocused] = useState(false);
  const anchor = useRef<number | null>(null);
  useSyncExternalStore(cells.subscribe, cells.version);

  const rem = useMemo(() => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16, []);
  const tall = baseline !== null || group !== null;
  const rowHeight = (tall ? 2.75 : 2.125) * rem;
  const headHeight = 2.25 * rem;

  const width = useCallback((of: Column) => widths.get(of.field) ?? Math.min(Math.max(usualWidth(of), tall && isNumber(of) ? 150 : 0), narrow ? 180 : widthMax), [widths, tall, narrow]);
  const free = useMemo(() => columns.slice(pinned), [columns, pinned]);
  const frozen = useMemo(() => {
    let start = selectWidth;
    return columns.slice(0, pinned).map((of) => {
      const at = { of, start, width: width(of) };
      start += at.width;
      return at;
    });
  }, [columns, pinned, width]);
  const frozenEnd = frozen.reduce((sum, one) => sum + one.width, selectWidth);

  const rows = useVirtualizer({ count: lines.count, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12, scrollMargin: 0, scrollPaddingStart: headHeight });
  const across = useVirtualizer({ horizontal: true, count: free.length, getScrollElement: () => scroller.current, estimateSize: (at) => width(free[at]!), overscan: 2, scrollPaddingStart: frozenEnd });
  useEffect(() => rows.measure(), [rows, rowHeight]);
  useEffect(() => across.measure(), [across, free, width]);

  const seen = across.getVirtualItems();
  const firstSeen = seen[0]?.index ?? 0;
  const lastSeen = seen.at(-1)?.index ?? -1;
  const before = seen[0]?.start ?? 0;
  const drawn = useMemo(() => free.slice(firstSeen, lastSeen + 1).map((of) => ({ of, width: width(of) })), [free, firstSeen, lastSeen, width]);
  const shown = rows.getVirtualItems();

  // Cells of the rows on the screen and of whole pages around them; a fling over thousands of rows asks only where it ends.
  const from = Math.floor((shown[0]?.index ?? 0) / page) * page;
  const to = Math.min(lines.count, Math.ceil(((shown.at(-1)?.index ?? 0) + 1) / page) * page);
  const version = cells.version();
  const moving = rows.isScrolling;
  useEffect(() => {
    const timer = setTimeout(
      () => {
        const ids: string[] = [...always];
        for (let line = from; line < to; line++) {
          const one = lines.at(line);
          if (one.kind === 'run') ids.push(one.id);
        }
        if (ids.length > 0 && cells.problem === null) void cells.want(ids, wanted(columns));
      },
      moving ? 80 : 0,
    );
    return () => clearTimeout(timer);
  }, [lines, from, to, columns, cells, always, moving, version]);

  const cellId = (line: number, at: number) => `${id}-${line}-${at}`;

  function go(line: number, at: number): void {
    const next = { line: Math.max(-1, Math.min(lines.count - 1, line)), column: Math.max(0, Math.min(columns.length, at)) };
    setActive(next);
    if (next.line >= 0) rows.scrollToIndex(next.line, { align: 'auto' });
    if (next.column > pinned) across.scrollToIndex(next.column - 1 - pinned, { align: 'auto' });
  }

  function toggle(line: number, range: boolean): void {
    const one = lines.at(line);
    const next = new Set(selected);
    if (one.kind === 'group') {
      const every = one.group.ids.every((run) => selected.has(run));
      one.group.ids.forEach((run) => (every ? next.delete(run) : next.add(run)));
    } else if (range && anchor.current !== null) {
      const [low, high] = anchor.current < line ? [anchor.current, line] : [line, anchor.current];
      for (let at = low; at <= high; at++) {
        const between = lines.at(at);
        if (between.kind === 'run') next.add(between.id);
      }
    } else if (!next.delete(one.id)) next.add(one.id);
    anchor.current = line;
    select(next);
  }

  function key(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.target !== event.currentTarget) return;
    const { line, column: at } = active;
    const screen = Math.max(1, Math.floor((event.currentTarget.clientHeight - headHeight) / rowHeight) - 1);
    const one = line >= 0 && line < lines.count ? lines.at(line) : null;
    const end = event.ctrlKey || event.metaKey;
    const keys: Record<string, () => void> = {
      ArrowDown: () => go(line + 1, at),
      ArrowUp: () => go(line - 1, at),
      ArrowRight: () => go(line, at + 1),
      ArrowLeft: () => go(line, at - 1),
      PageDown: () => go(line + screen, at),
      PageUp: () => go(Math.max(0, line - screen), at),
      Home: () => go(end ? 0 : line, end ? at : 0),
      End: () => go(end ? lines.count - 1 : line, end ? at : columns.length),
      ' ': () => (line < 0 ? select(all ? new Set() : 'all') : one && toggle(line, event.shiftKey)),
      Escape: () => select(new Set()),
      Enter: () => {
        if (one?.kind === 'group') open(one.group.name);
        else if (one) void navigate({ to: '/runs/$runId', params: { runId: one.id } });
        else document.getElementById(cellId(-1, at))?.querySelector<HTMLElement>('button')?.click();
      },
      b: () => one?.kind === 'run' && change({ baseline: baseline === one.id ? null : one.id }),
    };
    if (event.shiftKey && one && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
      anchor.current ??= line;
      const next = Math.max(0, Math.min(lines.count - 1, line + (event.key === 'ArrowDown' ? 1 : -1)));
      const start = anchor.current;
      toggle(next, true);
      anchor.current = start;
      go(next, at);
    } else if (event.key === 'a' && end) select('all');
    else if (Object.hasOwn(keys, event.key) && !(end && event.key === 'b')) keys[event.key]!();
    else return;
    event.preventDefault();
  }

  function click(event: MouseEvent<HTMLDivElement>): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-line]');
    if (!row) return;
    const modified = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
    const link = target.closest('a');
    if (link && !modified) {
      event.preventDefault();
      void navigate({ href: link.pathname });
      return;
    }
    const line = Number(row.dataset.line);
    const cell = target.closest<HTMLElement>('[data-column]');
    setActive({ line, column: Number(cell?.dataset.column ?? 0) });
    const pin = target.closest<HTMLElement>('[data-pin]');
    if (pin) change({ baseline: baseline === pin.dataset.pin ? null : pin.dataset.pin! });
    else if (target.closest('.runs-table-select') || (!link && modified)) toggle(line, event.shiftKey);
    else if (row.dataset.group !== undefined) open(row.dataset.group);
  }

  function copy(event: ClipboardEvent): void {
    const one = active.line >= 0 && active.line < lines.count ? lines.at(active.line) : null;
    const of = columns[active.column - 1];
    if (!getSelection()?.isCollapsed || one?.kind !== 'run' || !of) return;
    event.clipboardData.setData('text/plain', copied(of, one.id, cells));
    event.preventDefault();
  }

  const near = useRef({ lines, from, to });
  near.current = { lines, from, to };
  const fit = useCallback(
    (of: Column) => {
      const { lines, from, to } = near.current;
      let longest = 6;
      for (let line = from; line < to; line++) {
        const one = lines.at(line);
        const value = one.kind === 'run' ? cells.cell(one.id, of.field) : null;
        if (value !== null && value !== undefined) longest = Math.max(longest, isNumber(of) ? 9 : String(value).length);
      }
      return Math.max(usualWidth(of), 28 + longest * 7.4);
    },
    [cells],
  );

  const head = (of: Column, at: number, width: number) => (
    <RunsHeadCell key={of.field} of={of} at={at} id={cellId(-1, at + 1)} active={focused && active.line === -1 && active.column === at + 1} width={width} {...{ columns, pinned: props.pinned, sorts, group, widths, change, fit }} />
  );
  const some = selected.size > 0 && !all;
  // Rows that leave the screen are drawn anew as those that come: making them would take longer than a frame.
  const pool = 2 ** Math.ceil(Math.log2(shown.length + 8));

  return (
    <div
      ref={(element) => {
        scroller.current = element;
        if (typeof props.scroller === 'function') props.scroller(element);
        else if (props.scroller) props.scroller.current = element;
      }}
      className="runs-table"
      role={group === null ? 'grid' : 'treegrid'}
      tabIndex={0}
      aria-label={label}
      aria-busy={busy}
      aria-multiselectable
      aria-rowcount={lines.count + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={focused ? cellId(active.line, active.column) : undefined}
      onKeyDown={key}
      onCopy={copy}
      onFocus={(event) => setFocused(event.target === event.currentTarget)}
      onBlur={() => setFocused(false)}
    >
      <div className="runs-table-head" role="rowgroup" style={{ blockSize: headHeight, inlineSize: frozenEnd + across.getTotalSize() }}>
        <div role="row" aria-rowindex={1} className="runs-table-row head">
          <div role="columnheader" id={cellId(-1, 0)} aria-colindex={1} className={focused && active.line === -1 && active.column === 0 ? 'runs-table-cell runs-table-select active' : 'runs-table-cell runs-table-select'} style={{ inlineSize: selectWidth }}>
            <input
              type="checkbox"
              tabIndex={-1}
              aria-label="Select all"
              checked={all}
              ref={(box) => {
                if (box) box.indeterminate = some;
              }}
              onChange={() => select(all ? new Set() : 'all')}
            />
          </div>
          {frozen.map(({ of, start, width }, at) => (
            <div key={of.field} role="presentation" className="runs-table-frozen" style={{ insetInlineStart: start, inlineSize: width }}>
              {head(of, at, width)}
            </div>
          ))}
          <div role="presentation" style={{ inlineSize: before, flex: 'none' }} />
          {drawn.map(({ of, width }, at) => (
            <div key={of.field} role="presentation" className="runs-table-slot" style={{ inlineSize: width }}>
              {head(of, pinned + firstSeen + at, width)}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="runs-table-body" style={{ blockSize: rows.getTotalSize(), inlineSize: frozenEnd + across.getTotalSize() }} onClick={click}>
        {shown.map((item) => {
          const line = lines.at(item.index);
          const run = line.kind === 'run' ? line.id : null;
          return (
            <RunsRow
              key={item.index % pool}
              line={line.kind === 'run' ? null : line}
              run={run}
              at={item.index}
              top={item.start}
              height={rowHeight}
              id={id}
              frozen={frozen}
              before={before}
              drawn={drawn}
              firstDrawn={pinned + firstSeen}
              cells={cells}
              version={run === null ? 0 : cells.rowVersion(run)}
              baseline={baseline}
              baseVersion={baseline === null ? 0 : cells.rowVersion(baseline)}
              selected={run !== null ? selected.has(run) : line.kind === 'group' && line.group.ids.every((one) => selected.has(one))}
              level={group === null ? undefined : 2}
              active={focused && active.line === item.index ? active.column : -1}
            />
          );
        })}
      </div>
    </div>
  );
}

/** What is asked of a row: its columns, and what tells live runs. */
export function wanted(columns: readonly Column[]): string[] {
  return [...new Set(['attributes.run_name', 'attributes.status', 'attributes.start_time', 'attributes.experiment_id', ...columns.map((of) => of.field)])];
}

const phone = '(max-width: 40rem)';

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      const query = matchMedia(phone);
      query.addEventListener('change', listener);
      return () => query.removeEventListener('change', listener);
    },
    () => matchMedia(phone).matches,
  );
}
