import type { Prediction, Tensor } from './wire';

/** How long the server took, as far as it is noted. */
export function timeOf({ parse_us = 0, queue_us = 0, run_us = 0 }: Prediction): number {
  return parse_us + queue_us + run_us;
}

/** Whether it was answered, in a word. */
export function StatusPill({ of }: { of: Prediction }) {
  const status = of.status ?? 0;
  const tone = status === 0 || (status >= 200 && status < 300) ? 'good' : status < 500 ? 'warn' : 'bad';
  return (
    <span className={`pill ${tone}`} title={of.error ?? undefined}>
      {status === 0 ? 'ok' : status}
    </span>
  );
}

/** A row of logged columns as one reads it: `age 41, plan basic`. */
export function rowText(tensors: readonly Tensor[] | undefined, most = 4): string {
  const all = tensors ?? [];
  const parts = all.slice(0, most).map(({ name, values = [], shape }) => `${name} ${cells(shape, values)}`);
  return parts.join(', ') + (all.length > most ? `, and ${all.length - most} more` : '');
}

function cells(shape: readonly number[] | undefined, values: readonly (number | string | boolean | null)[]): string {
  const width = widthOf(shape);
  const row = values.slice(0, Math.min(width, 4)).map(cellOf).join(' ');
  return width > 4 ? `${row} …` : row;
}

/** How many values a row has: 1 where no shape is said. */
export function widthOf(shape: readonly number[] | undefined): number {
  return (shape ?? []).slice(1).reduce((product, size) => product * Math.max(1, size), 1);
}

/** A logged value as text; long ones are cut. */
export function cellOf(value: number | string | boolean | null | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number') return String(Number(value.toPrecision(6)));
  const text = String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Logged columns as a table: one line a row, one cell a value. */
export function tableOf(tensors: readonly Tensor[], rows: number): { columns: string[]; rows: string[][] } {
  const columns = tensors.flatMap(({ name = '', shape }) => {
    const width = widthOf(shape);
    return width === 1 ? [name] : Array.from({ length: width }, (_, at) => `${name}[${at}]`);
  });
  const lines = Array.from({ length: rows }, (_, row) =>
    tensors.flatMap(({ values = [], shape }) => {
      const width = widthOf(shape);
      return Array.from({ length: width }, (_, at) => exactCell(values[row * width + at]));
    }),
  );
  return { columns, rows: lines };
}

/** The same, every digit: what is laid beside another answer must not look equal where it is not. */
function exactCell(value: number | string | boolean | null | undefined): string {
  return value === null ? 'null' : value === undefined ? '' : String(value);
}
