/** A line of a JSON text that is shown as a tree. */
export interface JsonRow {
  /** Where in the value it is: names and numbers, joined. */
  path: string;
  depth: number;
  name: string | null;
  /** Text of a value, or what a closed container holds. */
  text: string;
  kind: 'string' | 'number' | 'word' | 'container';
  /** How many a container holds; 0 for values. */
  size: number;
  open: boolean;
}

const stringMax = 2_000;

/** The lines of a value, of which some containers are open. A container shows so many of its members before somebody asks for more. */
export function jsonRows(value: unknown, isOpen: (path: string, depth: number, size: number) => boolean, rowsMax: number): { rows: JsonRow[]; cut: boolean } {
  const rows: JsonRow[] = [];
  let cut = false;
  const add = (name: string | null, one: unknown, path: string, depth: number) => {
    if (rows.length >= rowsMax) {
      cut = true;
      return;
    }
    if (typeof one === 'object' && one !== null) {
      const isList = Array.isArray(one);
      const entries = isList ? null : Object.entries(one);
      const size = isList ? one.length : entries!.length;
      const open = size > 0 && isOpen(path, depth, size);
      rows.push({ path, depth, name, text: isList ? (size === 0 ? '[]' : `[${size}]`) : size === 0 ? '{}' : `{${size}}`, kind: 'container', size, open });
      if (!open) return;
      if (isList) for (let i = 0; i < size && !cut; i++) add(String(i), (one as unknown[])[i], `${path}/${i}`, depth + 1);
      else for (let i = 0; i < size && !cut; i++) add(entries![i]![0], entries![i]![1], `${path}/${escaped(entries![i]![0])}`, depth + 1);
    } else {
      const kind = typeof one === 'string' ? 'string' : typeof one === 'number' ? 'number' : 'word';
      const text = JSON.stringify(one) ?? 'undefined';
      rows.push({ path, depth, name, text: text.length > stringMax ? `${text.slice(0, stringMax)}…` : text, kind, size: 0, open: false });
    }
  };
  add(null, value, '', 0);
  return { rows, cut };
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
