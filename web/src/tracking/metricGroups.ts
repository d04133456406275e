/** Keys of one group: what stands before the first `/`. */
export interface MetricGroup {
  name: string;
  keys: string[];
}

/** Groups keys, each group and each key in the order of their names; digits in names count as numbers. */
export function groupKeys(keys: readonly string[]): MetricGroup[] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const slash = key.indexOf('/');
    const name = slash > 0 ? key.slice(0, slash) : '';
    const group = groups.get(name);
    if (group) group.push(key);
    else groups.set(name, [key]);
  }
  return [...groups].map(([name, group]) => ({ name, keys: group.sort(byName) })).sort((a, b) => byName(a.name, b.name));
}

const collator = new Intl.Collator('en', { numeric: true });

function byName(a: string, b: string): number {
  return collator.compare(a, b);
}

/** What a search text finds: a regular expression, or where it is none the text itself; `wrong` says that it is none. */
export function keySearch(text: string): { matches: (key: string) => boolean; wrong: boolean } {
  if (text === '') return { matches: () => true, wrong: false };
  try {
    const pattern = new RegExp(text, 'i');
    return { matches: (key) => pattern.test(key), wrong: false };
  } catch {
    const plain = text.toLowerCase();
    return { matches: (key) => key.toLowerCase().includes(plain), wrong: true };
  }
}

/** A line of the grid: the head of a group, or charts beside each other. */
export type GridLine = { kind: 'head'; group: MetricGroup } | { kind: 'charts'; keys: string[] };

/** Lays groups out in lines of so many charts. */
export function gridLines(groups: readonly MetricGroup[], columns: number, closed: ReadonlySet<string>): GridLine[] {
  const lines: GridLine[] = [];
  const heads = groups.length > 1 || (groups[0]?.name ?? '') !== '';
  for (const group of groups) {
    if (heads) lines.push({ kind: 'head', group });
    if (heads && closed.has(group.name)) continue;
    for (let at = 0; at < group.keys.length; at += columns) lines.push({ kind: 'charts', keys: group.keys.slice(at, at + columns) });
  }
  return lines;
}
