import { duration, exact, number, percent } from '../ui/format';
import { Time, useNow } from '../ui/Value';
import { isNumber, type Column } from './columns';
import type { Cell, RunCells } from './runCells';
import { Status } from './Status';

/** One cell of a run. What is not known yet is a bone of the same size, so that nothing moves when it comes. */
export function RunCell({ of, id, cells, baseline }: { of: Column; id: string; cells: RunCells; baseline: string | null }) {
  const value = cells.cell(id, of.field);
  if (value === undefined) return <span className="runs-table-bone" />;
  if (of.kind === 'metrics') return <Metric value={value} base={baseline === null || baseline === id ? undefined : cells.cell(baseline, of.field)} />;
  if (of.kind === 'attributes') return <Attribute of={of} id={id} value={value} cells={cells} />;
  if (value === null) return null;
  const differs = baseline !== null && baseline !== id && cells.cell(baseline, of.field) !== undefined && cells.cell(baseline, of.field) !== value;
  return (
    <span className={differs ? 'runs-table-text runs-table-differs' : 'runs-table-text'} title={differs ? `${String(value)}\nBaseline: ${String(cells.cell(baseline, of.field) ?? 'none')}` : String(value)}>
      {String(value)}
    </span>
  );
}

function Metric({ value, base }: { value: Cell; base: Cell | undefined }) {
  if (value === null || typeof value === 'boolean') return null;
  const change = difference(value, base);
  return (
    <span className="runs-table-number" title={change ? `${exact(value)}\nBaseline: ${exact(base as number)}` : exact(value)}>
      {number(value)}
      {change && (
        <small>
          {change.by > 0 ? '▲' : change.by < 0 ? '▼' : '='} {change.by === 0 ? '' : number(Math.abs(change.by))}
          {change.share !== null && change.by !== 0 && ` · ${percent(Math.abs(change.share))}`}
        </small>
      )}
    </span>
  );
}

/** How far a value is from the baseline's; null when either is no number. The share is of the baseline's size, and null when that is 0. */
export function difference(value: Cell, base: Cell | undefined): { by: number; share: number | null } | null {
  if (typeof value !== 'number' || typeof base !== 'number' || !Number.isFinite(value) || !Number.isFinite(base)) return null;
  const by = value - base;
  return { by, share: base === 0 ? null : by / Math.abs(base) };
}

// Links are plain ones, and the table follows them: a hundred components that know the router would be drawn anew with every screen of rows.
function Attribute({ of, id, value, cells }: { of: Column; id: string; value: Cell; cells: RunCells }) {
  switch (of.key) {
    case 'run_name':
      return (
        <a className="runs-table-text" href={`/runs/${id}`} title={String(value ?? id)} tabIndex={-1} draggable={false}>
          {value === null || value === '' ? id.slice(0, 8) : String(value)}
        </a>
      );
    case 'status':
      return value === null ? null : <Status of={String(value)} />;
    case 'start_time':
    case 'end_time':
      return typeof value === 'number' ? <Time at={value} /> : null;
    case 'duration':
      return <Duration value={value} start={cells.cell(id, 'attributes.start_time')} running={cells.cell(id, 'attributes.status') === 'RUNNING'} />;
    case 'experiment_name':
    case 'experiment_id':
      return (
        <a className="runs-table-text" href={`/experiments/${String(cells.cell(id, 'attributes.experiment_id') ?? value)}`} title={String(value ?? '')} tabIndex={-1} draggable={false}>
          {String(value ?? '')}
        </a>
      );
    case 'git.commit':
      return value === null ? null : (
        <span className="runs-table-text mono" title={String(value)}>
          {String(value).slice(0, 8)}
        </span>
      );
    case 'run_id':
      return <span className="runs-table-text mono">{id}</span>;
    default:
      return (
        <span className="runs-table-text" title={String(value ?? '')}>
          {String(value ?? '')}
        </span>
      );
  }
}

/** How long a run took, or has taken so far. */
function Duration({ value, start, running }: { value: Cell; start: Cell | undefined; running: boolean }) {
  const now = useNow();
  const took = typeof value === 'number' ? value : running && typeof start === 'number' ? Math.max(0, now - start) : null;
  return <span className="runs-table-number">{duration(took)}</span>;
}

/** What is copied of a cell: every digit, the whole text. */
export function copied(of: Column, id: string, cells: RunCells): string {
  const value = cells.cell(id, of.field) ?? '';
  return isNumber(of) && typeof value !== 'boolean' ? exact(value) : String(value);
}
