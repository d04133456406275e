import { memo } from 'react';
import { count, duration, exact, number } from '../ui/format';
import { Icon } from '../ui/Icon';
import { isNumber, type Column } from './columns';
import { RunCell } from './RunCell';
import type { RunCells } from './runCells';
import type { RunGroup } from './runGroups';

interface Drawn {
  of: Column;
  width: number;
}

interface Props {
  /** The head of a group, or null for a run. */
  line: { group: RunGroup; open: boolean } | null;
  run: string | null;
  at: number;
  top: number;
  height: number;
  id: string;
  frozen: readonly (Drawn & { start: number })[];
  before: number;
  drawn: readonly Drawn[];
  firstDrawn: number;
  cells: RunCells;
  /** Versions of the cells that are drawn: the row is drawn anew when they change, and only then. */
  version: number;
  baseline: string | null;
  baseVersion: number;
  selected: boolean;
  /** How deep a run stands among groups; undefined where there are none. */
  level: number | undefined;
  /** The column that the keyboard is at, or -1. */
  active: number;
}

/** One row: a run, or the head of a group. */
export const RunsRow = memo(
  function RunsRow({ line, run, at, top, height, id, frozen, before, drawn, firstDrawn, cells, baseline, selected, level, active }: Props) {
    const name = run === null ? 'group' : String(cells.cell(run, 'attributes.run_name') ?? run.slice(0, 8));
    const isBase = run !== null && run === baseline;
    const cell = (of: Column, column: number, first: boolean, width?: number) => (
      <div
        key={of.field}
        role={first ? 'rowheader' : 'gridcell'}
        id={`${id}-${at}-${column}`}
        aria-colindex={column + 1}
        data-column={column}
        className={['runs-table-cell', isNumber(of) && 'number', active === column && 'active', width !== undefined && 'runs-table-slot'].filter(Boolean).join(' ')}
        style={width === undefined ? undefined : { inlineSize: width }}
      >
        {run === null ? first ? null : line && <Summarised of={of} group={line.group} /> : <RunCell of={of} id={run} cells={cells} baseline={baseline} />}
        {run !== null && of.field === 'attributes.run_name' && (
          <button type="button" className="runs-table-pin" tabIndex={-1} data-pin={run} aria-pressed={isBase} aria-label={`Baseline ${name}`} title={isBase ? 'No baseline' : 'Compare the others with this run (b)'}>
            <Icon name="pin" size={13} />
          </button>
        )}
      </div>
    );
    return (
      <div
        role="row"
        aria-rowindex={at + 2}
        aria-selected={selected}
        aria-expanded={line ? line.open : undefined}
        aria-level={line ? 1 : level}
        data-line={at}
        data-group={line?.group.name}
        className={['runs-table-row', selected && 'selected', line && 'group', isBase && 'baseline'].filter(Boolean).join(' ')}
        style={{ transform: `translateY(${top}px)`, blockSize: height }}
      >
        <div role="gridcell" id={`${id}-${at}-0`} aria-colindex={1} data-column={0} className={active === 0 ? 'runs-table-cell runs-table-select active' : 'runs-table-cell runs-table-select'}>
          <input type="checkbox" tabIndex={-1} readOnly checked={selected} aria-label={`Select ${line ? groupName(line.group) : name}`} />
        </div>
        {line && (
          <div role="rowheader" className="runs-table-grouphead" aria-colindex={2} id={`${id}-${at}-1`} data-column={1}>
            <Icon name={line.open ? 'down' : 'right'} size={14} />
            <span className="runs-table-text">{groupName(line.group)}</span>
            <span className="pill">{count(line.group.ids.length)}</span>
          </div>
        )}
        {frozen.map(({ of, start, width }, column) => (
          <div key={of.field} role="presentation" className="runs-table-frozen" style={{ insetInlineStart: start, inlineSize: width }}>
            {cell(of, column + 1, column === 0)}
          </div>
        ))}
        <div role="presentation" style={{ inlineSize: before, flex: 'none' }} />
        {drawn.map(({ of, width }, column) => cell(of, firstDrawn + column + 1, firstDrawn + column === 0, width))}
      </div>
    );
  },
  // A group's numbers are made anew with its object; everything else is compared as it is.
  (a, b) => (Object.keys(a) as (keyof Props)[]).every((prop) => (prop === 'line' ? a.line?.group === b.line?.group && a.line?.open === b.line?.open : Object.is(a[prop], b[prop]))),
);

function groupName(group: RunGroup): string {
  return group.value === null ? '(none)' : String(group.value);
}

/** The mean of a group, its least and greatest under it. */
function Summarised({ of, group }: { of: Column; group: RunGroup }) {
  const found = group.numbers.get(of.field);
  if (!found || found.count === 0) return null;
  const shown = of.kind === 'metrics' ? number : duration;
  return (
    <span className="runs-table-number" title={`mean ${exact(found.mean)}\nleast ${exact(found.min)}\ngreatest ${exact(found.max)}\nof ${count(found.count)} runs`}>
      {shown(found.mean)}
      <small>
        {shown(found.min)} – {shown(found.max)}
      </small>
    </span>
  );
}
