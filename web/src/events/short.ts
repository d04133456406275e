import type { Details, Json } from './difference';

/** A value of JSON for reading: texts as they are, everything else as JSON. */
export function plain(value: Json | undefined): string {
  return value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

const partsMax = 4;

/** Details in one line: what changed first. */
export function short({ changes, facts }: Details): string {
  const parts = [
    ...changes.map(({ path, before, after }) => {
      const name = path.replace(/^tags\./, '');
      const turned = before === undefined ? plain(after) : after === undefined ? `${plain(before)} taken away` : `${plain(before)} → ${plain(after)}`;
      return name === '' ? turned : `${name}: ${turned}`;
    }),
    ...facts.filter((fact) => fact.name !== 'code').map(({ name, value }) => (name === '' || name === 'message' || name === 'name' ? plain(value) : `${name}: ${plain(value)}`)),
  ];
  const line = parts.slice(0, partsMax).join(', ') + (parts.length > partsMax ? ` and ${parts.length - partsMax} more` : '');
  return line.length > 240 ? `${line.slice(0, 239)}…` : line;
}
