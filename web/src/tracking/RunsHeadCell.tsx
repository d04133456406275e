import { memo, useState, type PointerEvent } from 'react';
import { Icon } from '../ui/Icon';
import { Menu, type MenuItem } from '../ui/Menu';
import { column, isNumber, mayGroup, sortField, title, type Column, type Of } from './columns';
import { nextSorts, widthMax, widthMin, type Sort } from './runsView';

/** What a table asks its page to change. */
export interface TableChange {
  sorts?: readonly Sort[];
  columns?: readonly Column[];
  pinned?: number;
  widths?: ReadonlyMap<string, number>;
  group?: Column | null;
  baseline?: string | null;
}

interface Props {
  of: Column;
  at: number;
  columns: readonly Column[];
  pinned: number;
  sorts: readonly Sort[];
  group: Column | null;
  width: number;
  widths: ReadonlyMap<string, number>;
  active: boolean;
  id: string;
  change: (change: TableChange) => void;
  fit: (of: Column) => number;
}

const directions = { up: 'ascending', down: 'descending' } as const;

/** The head of a column: a click sorts, a drag moves, the edge resizes, and its menu does all of it without a mouse. */
export const RunsHeadCell = memo(function RunsHeadCell({ of, at, columns, pinned, sorts, group, width, widths, active, id, change, fit }: Props) {
  const [dropped, setDropped] = useState(false);
  const place = sorts.findIndex((one) => one.column.field === of.field);
  const sort = sorts[place];
  const sortable = sortField(of) !== null;
  const isPinned = at < pinned;
  const resized = (to: number) => change({ widths: new Map(widths).set(of.field, Math.min(widthMax, Math.max(widthMin, to))) });

  const items: (MenuItem | null | false)[] = [
    sortable && { label: 'Sort ascending', onSelect: () => change({ sorts: [{ column: of, down: false }] }) },
    sortable && { label: 'Sort descending', onSelect: () => change({ sorts: [{ column: of, down: true }] }) },
    sortable && sorts.length > 0 && place < 0 && { label: 'Then sort by this too', onSelect: () => change({ sorts: nextSorts(sorts, of, true) }) },
    sort !== undefined && { label: 'Do not sort by this', onSelect: () => change({ sorts: sorts.filter((one) => one !== sort) }) },
    ...(of.kind === 'metrics' ? (['last', 'min', 'max'] as const).filter((one) => one !== of.of).map((one) => ({ label: `Show the ${words[one]} value`, onSelect: () => change(replaced(columns, of, column('metrics', of.key, one), sorts)) })) : []),
    mayGroup(of) && { label: group?.field === of.field ? 'Do not group' : 'Group by this', onSelect: () => change({ group: group?.field === of.field ? null : of }) },
    { label: isPinned ? 'Unpin' : 'Pin to the start', onSelect: () => change(isPinned ? { columns: moved(columns, at, pinned - 1), pinned: pinned - 1 } : { columns: moved(columns, at, pinned), pinned: pinned + 1 }) },
    at > 0 && { label: 'Move left', onSelect: () => change({ columns: moved(columns, at, at - 1) }) },
    at < columns.length - 1 && { label: 'Move right', onSelect: () => change({ columns: moved(columns, at, at + 1) }) },
    { label: 'Fit to its content', onSelect: () => resized(fit(of)) },
    { label: 'Wider', onSelect: () => resized(width + 40) },
    { label: 'Narrower', onSelect: () => resized(width - 40) },
    columns.length > 1 && { label: 'Hide', onSelect: () => change({ columns: columns.filter((one) => one !== of), pinned: isPinned ? pinned - 1 : pinned }) },
  ];

  function resize(event: PointerEvent<HTMLSpanElement>): void {
    event.preventDefault();
    event.stopPropagation();
    const handle = event.currentTarget;
    const from = event.clientX;
    let to = width;
    handle.setPointerCapture(event.pointerId);
    // The cells of the whole column follow when the pointer is let go; until then a line shows where.
    handle.onpointermove = (move) => {
      to = Math.min(widthMax, Math.max(widthMin, width + move.clientX - from));
      handle.style.transform = `translateX(${to - width}px)`;
    };
    handle.onpointerup = () => {
      handle.onpointermove = handle.onpointerup = null;
      handle.style.transform = '';
      if (to !== width) resized(to);
    };
  }

  return (
    <div
      role="columnheader"
      id={id}
      aria-colindex={at + 2}
      aria-sort={sort ? directions[sort.down ? 'down' : 'up'] : sortable ? 'none' : undefined}
      className={['runs-table-cell', 'runs-table-headcell', isNumber(of) && 'number', active && 'active', dropped && 'dropped'].filter(Boolean).join(' ')}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes(dragged)) return;
        event.preventDefault();
        setDropped(true);
      }}
      onDragLeave={() => setDropped(false)}
      onDrop={(event) => {
        setDropped(false);
        const from = columns.findIndex((one) => one.field === event.dataTransfer.getData(dragged));
        if (from < 0 || from === at) return;
        event.preventDefault();
        // Dropped among the pinned ones it is pinned, dropped behind them it is not.
        const nowPinned = pinned + (from >= pinned && at < pinned ? 1 : from < pinned && at >= pinned ? -1 : 0);
        change({ columns: moved(columns, from, at), pinned: nowPinned });
      }}
    >
      <button
        type="button"
        className="runs-table-sort"
        tabIndex={-1}
        disabled={!sortable}
        draggable
        title={`${of.kind === 'metrics' ? `${words[of.of]} value of ` : ''}${title(of)}${sortable ? '\nClick sorts, with Shift as one key more. Drag moves.' : ''}`}
        onDragStart={(event) => {
          event.dataTransfer.setData(dragged, of.field);
          event.dataTransfer.effectAllowed = 'move';
        }}
        onClick={(event) => change({ sorts: nextSorts(sorts, of, event.shiftKey) })}
      >
        {of.kind === 'metrics' && of.of !== 'last' && <span className="pill">{of.of}</span>}
        <span className="runs-table-text">{title(of)}</span>
        {sort && (
          <span className="runs-table-arrow">
            <Icon name={sort.down ? 'down' : 'up'} size={12} />
            {sorts.length > 1 && place + 1}
          </span>
        )}
      </button>
      <Menu square title={`Column ${title(of)}`} label={<Icon name="more" size={14} />} items={items} />
      <span className="runs-table-edge" onPointerDown={resize} onDoubleClick={() => resized(fit(of))} />
    </div>
  );
});

const dragged = 'application/x-slipway-column';
const words: Record<Of, string> = { last: 'latest', min: 'least', max: 'greatest' };

/** The columns with one at another place. */
export function moved(columns: readonly Column[], from: number, to: number): Column[] {
  const next = [...columns];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/** Another value of the same metric in a column's place; it is sorted by as the old one was. */
function replaced(columns: readonly Column[], old: Column, next: Column, sorts: readonly Sort[]): TableChange {
  const others = columns.filter((one) => one.field !== next.field);
  return {
    columns: others.map((one) => (one.field === old.field ? next : one)),
    sorts: sorts.map((one) => (one.column.field === old.field ? { ...one, column: next } : one)),
  };
}
