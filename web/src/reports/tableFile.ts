/** A table as files hold it. */
export interface TableFile {
  columns: string[];
  rows: unknown[][];
}

/** The most rows that pages take from a file. */
export const rowsMax = 50_000;

/** Reads a table by its file's name: CSV, TSV, JSON (columns and data, or a list of objects, or one a line), Parquet. */
export async function readTable(path: string, bytes: ArrayBuffer): Promise<TableFile> {
  if (/\.parquet$/i.test(path)) {
    const { parquetMetadata, parquetReadObjects } = await import('hyparquet');
    const columns = parquetMetadata(bytes).schema.filter((one) => one.num_children === undefined).map((one) => one.name);
    return ofObjects(await parquetReadObjects({ file: bytes, rowEnd: rowsMax }), columns);
  }
  const text = new TextDecoder().decode(bytes);
  if (/\.(csv|tsv)$/i.test(path)) return parseCsv(text, /\.tsv$/i.test(path) ? '\t' : ',');
  return parseJsonTable(text);
}

/** Reads JSON as MLflow's `log_table` writes it, as a list of objects, or as one object a line. */
export function parseJsonTable(text: string): TableFile {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (fault) {
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    if (lines.length < 2) throw new Error(`The file is no JSON: ${fault instanceof Error ? fault.message : ''}`);
    read = lines.slice(0, rowsMax).map((line) => JSON.parse(line) as unknown);
  }
  if (Array.isArray(read)) return ofObjects(read as Record<string, unknown>[]);
  const { columns, data } = read as { columns?: unknown; data?: unknown };
  if (!Array.isArray(columns) || !Array.isArray(data)) throw new Error('The file holds no table: expected {"columns": [...], "data": [[...], ...]} or a list of objects.');
  return { columns: columns.map(String), rows: data.slice(0, rowsMax).map((row: unknown) => (Array.isArray(row) ? row : [row])) };
}

function ofObjects(objects: readonly unknown[], known?: readonly string[]): TableFile {
  const rows = objects.filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null).slice(0, rowsMax);
  const columns = known ? [...known] : [...new Set(rows.slice(0, 1000).flatMap((row) => Object.keys(row)))];
  return { columns, rows: rows.map((row) => columns.map((column) => (Object.hasOwn(row, column) ? row[column] : null))) };
}

/** Reads comma-separated values: quotes double, line ends stand in quotes too. Numbers become numbers. */
export function parseCsv(text: string, separator = ','): TableFile {
  const lines: string[][] = [];
  let line: string[] = [];
  let value = '';
  let quoted = false;
  for (let i = text.startsWith('\uFEFF') ? 1 : 0; i < text.length && lines.length <= rowsMax; i++) {
    const one = text[i]!;
    if (quoted) {
      if (one !== '"') value += one;
      else if (text[i + 1] === '"') value += text[++i]!;
      else quoted = false;
    } else if (one === '"' && value === '') quoted = true;
    else if (one === separator) {
      line.push(value);
      value = '';
    } else if (one === '\n') {
      line.push(value.endsWith('\r') ? value.slice(0, -1) : value);
      lines.push(line);
      [line, value] = [[], ''];
    } else value += one;
  }
  if (value !== '' || line.length > 0) lines.push([...line, value]);
  const [columns = [], ...rows] = lines;
  return { columns, rows: rows.slice(0, rowsMax).map((row) => columns.map((_, i) => typed(row[i]))) };
}

function typed(text: string | undefined): unknown {
  if (text === undefined || text === '') return null;
  const read = Number(text);
  return text.trim() !== '' && Number.isFinite(read) ? read : text;
}

/** The path of the picture that a cell refers to, as MLflow's tables do; null for any other cell. */
export function imageOf(cell: unknown): string | null {
  if (typeof cell !== 'object' || cell === null) return null;
  const { type, filepath, compressed_filepath: small } = cell as { type?: unknown; filepath?: unknown; compressed_filepath?: unknown };
  if (type !== 'image') return null;
  const path = typeof small === 'string' && small !== '' ? small : filepath;
  return typeof path === 'string' && path !== '' ? path : null;
}

/** A cell in words. */
export function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString();
  return typeof cell === 'object' ? JSON.stringify(cell, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) : String(cell);
}
