import { type Column } from './columns';
import type { Cell, RunCells } from './runCells';

/** Runs that a chart beside the table draws. */
export const scattered = 2_000;

/** Colours that are told apart: groups beyond them are one. */
const groupsMax = 9;

export interface Point {
  id: string;
  name: string;
  x: number | string;
  y: number | string;
}

export interface Points {
  /** The values in order where an axis is of words, null where it is of numbers. */
  x: readonly string[] | null;
  y: readonly string[] | null;
  groups: readonly { name: string; points: readonly Point[] }[];
  /** Axes on which values lie so far apart that only powers of ten show them: rates of learning, sizes. */
  log: { x: boolean; y: boolean };
}

/** From this ratio of the greatest to the least value on. */
const wide = 200;

/** The runs that have a value in both columns. A column is of numbers when all its values read as such: params come as text. */
export function pointsOf(ids: readonly string[], cells: Pick<RunCells, 'cell'>, x: Column, y: Column, group: Column | null): Points {
  const numbers = { x: isNumeric(ids, cells, x), y: isNumeric(ids, cells, y) };
  const groups = new Map<string, Point[]>();
  for (const id of ids) {
    const across = value(cells.cell(id, x.field), numbers.x);
    const up = value(cells.cell(id, y.field), numbers.y);
    if (across === null || up === null) continue;
    let name = group === null ? '' : String(cells.cell(id, group.field) ?? '(none)');
    if (!groups.has(name) && groups.size >= groupsMax) name = 'others';
    const points = groups.get(name) ?? [];
    if (points.length === 0) groups.set(name, points);
    points.push({ id, name: String(cells.cell(id, 'attributes.run_name') ?? id.slice(0, 8)), x: across, y: up });
  }
  const all = [...groups.values()].flat();
  return {
    x: numbers.x ? null : [...new Set(all.map((one) => String(one.x)))].sort(),
    y: numbers.y ? null : [...new Set(all.map((one) => String(one.y)))].sort(),
    groups: [...groups].map(([name, points]) => ({ name, points })),
    log: { x: numbers.x && isWide(all.map((one) => Number(one.x))), y: numbers.y && isWide(all.map((one) => Number(one.y))) },
  };
}

function isWide(values: readonly number[]): boolean {
  let least = Infinity;
  let greatest = 0;
  for (const one of values) {
    if (one <= 0) return false;
    least = Math.min(least, one);
    greatest = Math.max(greatest, one);
  }
  return greatest / least >= wide;
}

function isNumeric(ids: readonly string[], cells: Pick<RunCells, 'cell'>, of: Column): boolean {
  if (of.kind === 'metrics') return true;
  return ids.every((id) => {
    const cell = cells.cell(id, of.field);
    return cell === null || cell === undefined || cell === '' || Number.isFinite(Number(cell));
  });
}

function value(cell: Cell | undefined, asNumber: boolean): number | string | null {
  if (cell === null || cell === undefined || cell === '') return null;
  if (!asNumber) return String(cell);
  const read = Number(cell);
  return Number.isFinite(read) ? read : null;
}
