/** Columns of a table of runs, in the words of the API: `attributes.status`, `metrics.loss`, `min(metrics.loss)`, `` params.`a b` ``. */
export type Kind = 'attributes' | 'metrics' | 'params' | 'tags';

/** Which value of a metric's series. */
export type Of = 'last' | 'min' | 'max';

export interface Column {
  /** The canonical text: what the server is asked for, and what tells columns apart. */
  readonly field: string;
  readonly kind: Kind;
  readonly key: string;
  readonly of: Of;
}

/** What the server knows of every run; `filter` and `sort` say where it can stand. */
export const attributes: Record<string, { label: string; width: number; sort?: string | false; group?: boolean }> = {
  run_name: { label: 'Name', width: 220 },
  status: { label: 'Status', width: 104, group: true },
  start_time: { label: 'Started', width: 116 },
  duration: { label: 'Duration', width: 108 },
  source: { label: 'Source', width: 150, sort: 'tags.`mlflow.source.name`', group: true },
  user_id: { label: 'User', width: 100, group: true },
  experiment_name: { label: 'Experiment', width: 160, group: true },
  end_time: { label: 'Ended', width: 116 },
  'git.commit': { label: 'Commit', width: 100, sort: 'git.commit', group: true },
  'git.branch': { label: 'Branch', width: 120, sort: 'git.branch', group: true },
  'git.repo': { label: 'Repository', width: 180, sort: 'git.repo', group: true },
  source_type: { label: 'Kind of source', width: 120, sort: 'tags.`mlflow.source.type`', group: true },
  run_id: { label: 'Run id', width: 250 },
  experiment_id: { label: 'Experiment id', width: 110, group: true },
  lifecycle_stage: { label: 'Stage', width: 90, sort: false },
  artifact_uri: { label: 'Artifacts at', width: 260 },
};

/** A key as the filter language writes it. */
export function quoted(key: string): string {
  return /^[A-Za-z0-9_.]+$/.test(key) ? key : `\`${key.replaceAll('`', '``')}\``;
}

/** The column of a key. */
export function column(kind: Kind, key: string, of: Of = 'last'): Column {
  const plain = kind !== 'attributes' ? `${kind}.${quoted(key)}` : key.startsWith('git.') ? key : `attributes.${key}`;
  return { field: kind === 'metrics' && of !== 'last' ? `${of}(${plain})` : plain, kind, key, of: kind === 'metrics' ? of : 'last' };
}

/** Reads a column; null when it is none. Attributes may stand without their prefix, as in addresses. */
export function readColumn(text: string): Column | null {
  const called = /^(last|min|max)\((.*)\)$/s.exec(text);
  const inner = called?.[2] ?? text;
  const named = /^(attributes|metrics|params|tags)\.(.+)$/s.exec(inner);
  if (!named) return !called && Object.hasOwn(attributes, inner) ? column('attributes', inner) : null;
  const kind = named[1] as Kind;
  if (called && kind !== 'metrics') return null;
  const key = unquoted(named[2]!);
  if (key === null || (kind === 'attributes' && !Object.hasOwn(attributes, key))) return null;
  return column(kind, key, (called?.[1] ?? 'last') as Of);
}

function unquoted(text: string): string | null {
  if (!text.startsWith('`')) return /^[A-Za-z0-9_.]+$/.test(text) ? text : null;
  const body = text.slice(1, -1);
  return text.length > 2 && text.endsWith('`') && !body.replaceAll('``', '').includes('`') ? body.replaceAll('``', '`') : null;
}

/** A column as an address has it: attributes without their prefix. */
export function shortField(of: Column): string {
  return of.kind === 'attributes' ? of.key : of.field;
}

/** Parts between commas; commas within backticks belong to a key. */
export function splitList(text: string): string[] {
  const parts: string[] = [];
  let within = false;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '`') within = !within;
    else if (text[at] === ',' && !within) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== '');
}

/** What stands at the head of a column. */
export function title(of: Column): string {
  return of.kind === 'attributes' ? (attributes[of.key]?.label ?? of.key) : of.key;
}

/** The same where no head of a group says which kind it is. */
export function fullTitle(of: Column): string {
  return of.kind === 'metrics' && of.of !== 'last' ? `${of.of} ${of.key}` : title(of);
}

/** What the server orders by for a column; null where it cannot. */
export function sortField(of: Column): string | null {
  if (of.kind !== 'attributes') return of.field;
  const sort = attributes[of.key]?.sort;
  return sort === false ? null : (sort ?? `attributes.${of.key}`);
}

export function isNumber(of: Column): boolean {
  return of.kind === 'metrics' || of.field === 'attributes.duration';
}

export function mayGroup(of: Column): boolean {
  return of.kind === 'params' || of.kind === 'tags' || (of.kind === 'attributes' && attributes[of.key]?.group === true);
}

/** How wide a column is when nobody said. */
export function usualWidth(of: Column): number {
  if (of.kind === 'attributes') return attributes[of.key]?.width ?? 140;
  return Math.min(220, Math.max(of.kind === 'metrics' ? 112 : 96, 52 + fullTitle(of).length * 7.5));
}
