import { plainText } from './ansi';

/** An output as it may be shown: scripts are none. */
export type Output = { kind: 'text'; text: string; bad: boolean } | { kind: 'image'; url: string } | { kind: 'html'; html: string } | { kind: 'markdown'; text: string } | { kind: 'left-out'; what: string };

/** A cell. */
export interface Cell {
  kind: 'markdown' | 'code' | 'raw';
  source: string;
  number: number | null;
  outputs: Output[];
}

const images = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** Reads the cells of a notebook of format 3 or 4; throws an Error when it is none. */
export function readNotebook(text: string): Cell[] {
  const read = record(JSON.parse(text));
  if (!Array.isArray(read.cells) && !Array.isArray(read.worksheets)) throw new Error('it has no cells.');
  const cells = Array.isArray(read.cells) ? list(read.cells) : list(read.worksheets).flatMap((sheet) => list(record(sheet).cells));
  return cells.map((one): Cell => {
    const cell = record(one);
    const kind = cell.cell_type === 'markdown' || cell.cell_type === 'heading' ? 'markdown' : cell.cell_type === 'code' ? 'code' : 'raw';
    const number = cell.execution_count ?? cell.prompt_number;
    return { kind, source: joined(cell.source ?? cell.input), number: typeof number === 'number' ? number : null, outputs: list(cell.outputs).map(output) };
  });
}

function output(one: unknown): Output {
  const said = record(one);
  if (said.output_type === 'stream') return { kind: 'text', text: plainText(joined(said.text)), bad: said.name === 'stderr' };
  if (said.output_type === 'error' || said.output_type === 'pyerr') return { kind: 'text', text: plainText(list(said.traceback).map(string).join('\n') || `${string(said.ename)}: ${string(said.evalue)}`), bad: true };
  const data = Object.keys(record(said.data)).length > 0 ? record(said.data) : said;
  for (const type of images) {
    const base64 = joined(data[type] ?? data[type.slice(6)]).replace(/\s/g, '');
    if (base64 !== '' && /^[A-Za-z0-9+/=]+$/.test(base64)) return { kind: 'image', url: `data:${type};base64,${base64}` };
  }
  if (data['image/svg+xml'] !== undefined) return { kind: 'image', url: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(joined(data['image/svg+xml']))}` };
  if (data['text/html'] !== undefined) return { kind: 'html', html: joined(data['text/html']) };
  if (data['text/markdown'] !== undefined) return { kind: 'markdown', text: joined(data['text/markdown']) };
  const text = data['text/plain'] ?? data.text ?? data['application/json'];
  if (text !== undefined) return { kind: 'text', text: plainText(typeof text === 'object' && !Array.isArray(text) ? JSON.stringify(text, null, 2) : joined(text)), bad: false };
  return { kind: 'left-out', what: Object.keys(data).filter((name) => name.includes('/')).join(', ') || 'of an unknown kind' };
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function joined(value: unknown): string {
  return Array.isArray(value) ? value.map(string).join('') : string(value);
}
