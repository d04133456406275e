import { column, isNumber, readColumn, shortField, sortField, splitList, type Column } from './columns';
import { anywhere, literal } from './experiments';

/** A view of runs as its address has it. Everything is optional: an address without anything is the usual view. */
export interface RunsSearch {
  filter?: string | undefined;
  name?: string | undefined;
  status?: string | undefined;
  sort?: string | undefined;
  cols?: string | undefined;
  pin?: number | undefined;
  width?: string | undefined;
  group?: string | undefined;
  base?: string | undefined;
  view?: string | undefined;
  deleted?: true | undefined;
  chart?: string | undefined;
}

export interface Sort {
  column: Column;
  down: boolean;
}

/** The same, read. */
export interface RunsView {
  filter: string;
  name: string;
  statuses: readonly string[];
  sorts: readonly Sort[];
  /** Null: the usual ones. */
  columns: readonly Column[] | null;
  pinned: number;
  widths: ReadonlyMap<string, number>;
  group: Column | null;
  baseline: string | null;
  deleted: boolean;
}

export const statuses = ['RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'SCHEDULED'] as const;

/** Sort keys that the server takes. */
export const sortsMax = 20;

/** Columns that the server answers at once, less what the table asks for itself. */
export const columnsMax = 190;

export const widthMin = 64;
export const widthMax = 900;

/** Takes of an address what belongs there. Numbers and booleans come as such when they look like it. */
export function runsSearch(raw: Record<string, unknown>): RunsSearch {
  const text = (name: string) => {
    const value = raw[name];
    return typeof value === 'string' ? value || undefined : typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  };
  const pin = Number(raw.pin ?? NaN);
  return {
    filter: text('filter'),
    name: text('name'),
    status: text('status'),
    sort: text('sort'),
    cols: text('cols'),
    pin: Number.isInteger(pin) && pin >= 0 && pin <= 20 ? pin : undefined,
    width: text('width'),
    group: text('group'),
    base: text('base'),
    view: text('view'),
    deleted: raw.deleted === true || raw.deleted === 'true' || undefined,
    chart: text('chart'),
  };
}

export function viewOf(search: RunsSearch): RunsView {
  return {
    filter: search.filter ?? '',
    name: search.name ?? '',
    statuses: (search.status ?? '').split(',').filter((one) => (statuses as readonly string[]).includes(one)),
    sorts: readSorts(search.sort),
    columns: search.cols === undefined ? null : readColumns(search.cols),
    pinned: search.pin ?? 1,
    widths: readWidths(search.width),
    group: search.group === undefined ? null : readColumn(search.group),
    baseline: search.base ?? null,
    deleted: search.deleted ?? false,
  };
}

export function readColumns(text: string): Column[] {
  const found = new Map<string, Column>();
  for (const part of splitList(text)) {
    const read = readColumn(part);
    if (read) found.set(read.field, read);
  }
  return [...found.values()].slice(0, columnsMax);
}

export function writeColumns(columns: readonly Column[]): string {
  return columns.map(shortField).join(',');
}

/** `-metrics.loss,run_name`: a minus stands before what goes down. */
export function readSorts(text: string | undefined): Sort[] {
  return splitList(text ?? '')
    .map((part) => ({ column: readColumn(part.replace(/^-/, '')), down: part.startsWith('-') }))
    .filter((sort): sort is Sort => sort.column !== null && sortField(sort.column) !== null)
    .slice(0, sortsMax);
}

export function writeSorts(sorts: readonly Sort[]): string | undefined {
  return sorts.map(({ column: of, down }) => (down ? '-' : '') + shortField(of)).join(',') || undefined;
}

/** What a click on a head does: sort by it, then the other way, then no more. With others kept it is one key more. */
export function nextSorts(sorts: readonly Sort[], of: Column, keep: boolean): Sort[] {
  const now = sorts.find((one) => one.column.field === of.field);
  // Numbers and times are looked at from their interesting end: the newest, the longest. Text from A.
  const downFirst = isNumber(of) || of.key === 'start_time' || of.key === 'end_time';
  const next = now === undefined ? [{ column: of, down: downFirst }] : now.down === downFirst ? [{ column: of, down: !downFirst }] : [];
  if (!keep) return next;
  if (now === undefined) return [...sorts, ...next].slice(-sortsMax);
  return sorts.flatMap((one) => (one === now ? next : [one]));
}

function readWidths(text: string | undefined): Map<string, number> {
  const widths = new Map<string, number>();
  for (const part of splitList(text ?? '')) {
    const at = part.lastIndexOf(':');
    const of = readColumn(part.slice(0, at));
    const width = Number(part.slice(at + 1));
    if (of && Number.isFinite(width)) widths.set(of.field, Math.round(Math.min(widthMax, Math.max(widthMin, width))));
  }
  return widths;
}

export function writeWidths(widths: ReadonlyMap<string, number>): string | undefined {
  return [...widths].map(([field, width]) => `${shortField(readColumn(field)!)}:${Math.round(width)}`).join(',') || undefined;
}

/** A filter in which the parentheses outside of quotes match. */
export function isBalanced(filter: string): boolean {
  let depth = 0;
  for (const [token] of filter.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|['"`()]/g)) {
    if (token === '(') depth++;
    else if (token === ')') {
      if (--depth < 0) return false;
    } else if (token.length === 1) return false;
  }
  return depth === 0;
}

/** What the server is asked: the written filter and the quick ones. `shift` is how many characters stand before the written one. */
export function wholeFilter(view: Pick<RunsView, 'filter' | 'name' | 'statuses'>): { filter: string | undefined; shift: number } {
  const written = view.filter.trim();
  const lead = view.filter.length - view.filter.trimStart().length;
  const quick = [
    view.statuses.length > 0 && view.statuses.length < statuses.length ? `attributes.status IN (${view.statuses.map(literal).join(', ')})` : '',
    view.name.trim() === '' ? '' : `attributes.run_name ILIKE ${anywhere(view.name.trim())}`,
  ].filter((part) => part !== '');
  if (written === '') return { filter: quick.join(' AND ') || undefined, shift: 0 };
  // A filter that is not whole goes alone, so that the server says what is wrong with it and nothing of ours closes its parentheses.
  if (quick.length === 0 || !isBalanced(written)) return { filter: written, shift: -lead };
  return { filter: `(${written}) AND ${quick.join(' AND ')}`, shift: 1 - lead };
}

/** What the server orders by: the group first, so that a group's runs stand together. */
export function orderBy(view: Pick<RunsView, 'sorts' | 'group'>): string[] {
  const keys = view.sorts.flatMap(({ column: of, down }) => (sortField(of) === null ? [] : [`${sortField(of)} ${down ? 'DESC' : 'ASC'}`]));
  const group = view.group === null ? null : sortField(view.group);
  return (group === null ? keys : [`${group} ASC`, ...keys.filter((key) => !key.startsWith(`${group} `))]).slice(0, sortsMax);
}

/** Whether new runs belong at the top. */
export function newestFirst(view: Pick<RunsView, 'sorts' | 'group'>): boolean {
  const first = view.sorts[0];
  return view.group === null && (first === undefined || (first.column.field === 'attributes.start_time' && first.down));
}

/** Columns that a table begins with, before it is known which params and metrics vary. */
export function firstColumns(several: boolean): Column[] {
  return ['run_name', ...(several ? ['experiment_name'] : []), 'status', 'start_time', 'duration', 'source'].map((key) => column('attributes', key));
}
