import type { Column } from './columns';
import type { Cell, RunCells } from './runCells';

/** Runs that have the same value in one column, and what their numbers come to. */
export interface RunGroup {
  /** Tells groups apart: the value with its kind, for null is not 'null'. */
  readonly name: string;
  readonly value: Cell;
  readonly ids: readonly string[];
  /** By field, for columns of numbers. */
  readonly numbers: ReadonlyMap<string, Summary>;
}

export interface Summary {
  count: number;
  mean: number;
  min: number;
  max: number;
}

/** Runs that can be grouped at once: their values are read here, and that must stay quick. */
export const groupedMax = 20_000;

/** Groups the runs by a column; groups come in the order of their first run, runs keep theirs. */
export function groupRuns(ids: readonly string[], by: Column, numbers: readonly Column[], cells: Pick<RunCells, 'cell'>): RunGroup[] {
  const groups = new Map<string, { value: Cell; ids: string[] }>();
  for (const id of ids) {
    const value = cells.cell(id, by.field) ?? null;
    const name = value === null ? '' : `=${String(value)}`;
    const group = groups.get(name);
    if (group) group.ids.push(id);
    else groups.set(name, { value, ids: [id] });
  }
  return [...groups].map(([name, group]) => ({
    name,
    value: group.value,
    ids: group.ids,
    numbers: new Map(numbers.map((of) => [of.field, summary(group.ids.map((id) => cells.cell(id, of.field)))])),
  }));
}

/** Of the finite ones among them: a run without the metric, or with NaN, has no say. */
export function summary(values: readonly (Cell | undefined)[]): Summary {
  let count = 0;
  let mean = 0;
  let min = Infinity;
  let max = -Infinity;
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    count++;
    // Kept as a mean, a sum of large numbers does not overflow.
    mean += (value - mean) / count;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { count, mean, min, max };
}
