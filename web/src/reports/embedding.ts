import type { Plane } from './pca';
import type { TableFile } from './tableFile';

/** What is drawn of an embedding: places, and which rows they are. */
export interface Places {
  points: Float64Array;
  rows: number[];
  /** How the places were found. */
  note: string;
}

/** The columns that hold numbers in every row that has anything there, by their places. */
export function numberColumns(table: TableFile): number[] {
  return table.columns.flatMap((_, column) => (table.rows.length > 0 && table.rows.every((row) => row[column] === null || typeof row[column] === 'number') && table.rows.some((row) => row[column] !== null) ? [column] : []));
}

/** Places from two columns; rows that lack one are left out. */
export function placesFrom(table: TableFile, x: number, y: number): Places {
  const rows = table.rows.flatMap((row, index) => (Number.isFinite(row[x]) && Number.isFinite(row[y]) ? [index] : []));
  const points = Float64Array.from(rows.flatMap((index) => [Number(table.rows[index]![x]), Number(table.rows[index]![y])]));
  return { points, rows, note: `${table.columns[y]} over ${table.columns[x]}` };
}

/** The numbers of some columns, row by row, of those rows that have all of them. */
export function matrixOf(table: TableFile, columns: readonly number[]): { values: Float64Array; rows: number[] } {
  const rows = table.rows.flatMap((row, index) => (columns.every((column) => Number.isFinite(row[column])) ? [index] : []));
  const values = new Float64Array(rows.length * columns.length);
  rows.forEach((index, at) => columns.forEach((column, place) => (values[at * columns.length + place] = Number(table.rows[index]![column]))));
  return { values, rows };
}

/** Which two columns are the places, when a table says so by their names. */
export function xyOf(table: TableFile, x: string | undefined, y: string | undefined): [number, number] | null {
  const lower = table.columns.map((column) => column.toLowerCase());
  for (const [a, b] of x !== undefined && y !== undefined ? [[x.toLowerCase(), y.toLowerCase()]] : [['x', 'y'], ['dim1', 'dim2'], ['umap_1', 'umap_2'], ['tsne_1', 'tsne_2']]) {
    const [i, j] = [lower.indexOf(a!), lower.indexOf(b!)];
    if (i >= 0 && j >= 0) return [i, j];
  }
  return null;
}

/** Finds the plane of a table's columns in a worker. */
export async function planeInWorker(values: Float64Array, columns: number, signal: AbortSignal): Promise<Plane> {
  const worker = new Worker(new URL('./pca.worker.ts', import.meta.url), { type: 'module', name: 'slipway-pca' });
  try {
    return await new Promise<Plane>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      worker.onmessage = ({ data }: MessageEvent<Plane>) => resolve(data);
      worker.onerror = (fault) => reject(new Error(fault.message || 'The worker of this page could not be started.'));
      worker.postMessage({ values, columns });
    });
  } finally {
    worker.terminate();
  }
}
