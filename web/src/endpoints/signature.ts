/** An input of a model, as its package describes it. */
export interface Input {
  name?: string | undefined;
  type?: string | undefined;
  shape?: string | undefined;
  required?: boolean | undefined;
}

export type Cell = number | string | boolean | null;
export type Json = Cell | Json[] | { [key: string]: Json };

/** A value that is typed, or why it is none. */
export type Read<T> = { value: T } | { wrong: string };

/** Whether a model takes columns: one value each a row. */
export function isTabular(inputs: readonly Input[]): boolean {
  return inputs.length > 0 && inputs.every((one) => (one.shape ?? '') === '' && (one.name ?? '') !== '');
}

const whole = new Set(['long', 'integer', 'int64', 'int32', 'int16', 'int8', 'uint8', 'uint16', 'uint32', 'uint64']);
const real = new Set(['double', 'float', 'float64', 'float32', 'float16', 'bfloat16']);

/** What kind of value a type holds. */
export function kindOf(type: string | undefined): 'whole' | 'real' | 'boolean' | 'text' {
  const name = (type ?? '').toLowerCase();
  return whole.has(name) ? 'whole' : real.has(name) ? 'real' : name === 'boolean' || name === 'bool' ? 'boolean' : 'text';
}

/** Reads what was typed as a value of a column. An empty field of a column that may be left out is nothing. */
export function readCell(input: Input, text: string): Read<Cell> {
  const kind = kindOf(input.type);
  const trimmed = text.trim();
  if (kind === 'text') return { value: text === '' && input.required === false ? null : text };
  if (trimmed === '') return input.required === false ? { value: null } : { wrong: `${input.name} is missing.` };
  if (kind === 'boolean') return trimmed === 'true' || trimmed === 'false' ? { value: trimmed === 'true' } : { wrong: `${input.name} is true or false.` };
  const value = Number(trimmed);
  if (trimmed.toLowerCase() === 'nan' && kind === 'real') return { value: 'NaN' };
  if (!Number.isFinite(value)) return { wrong: `${input.name} is a number.` };
  if (kind === 'whole' && !Number.isInteger(value)) return { wrong: `${input.name} is a whole number.` };
  return { value };
}

/** What stands in a field before anybody typed. */
export function firstText(input: Input): string {
  const kind = kindOf(input.type);
  return kind === 'boolean' ? 'false' : kind === 'text' ? '' : '0';
}

/** Sizes of a tensor; free ones are -1. Empty where the shape is none. */
export function sizesOf(shape: string | undefined): number[] {
  try {
    const sizes: unknown = JSON.parse(shape ?? '[]');
    return Array.isArray(sizes) ? sizes.map((size) => (typeof size === 'number' ? size : -1)) : [];
  } catch {
    return [];
  }
}

/** A tensor of noughts of a shape, one row of it, to be typed over. A large one is cut to nothing: nobody types a picture. */
export function firstTensor(input: Input): Json {
  const sizes = sizesOf(input.shape).map((size) => (size < 0 ? 1 : size));
  if (sizes.reduce((product, size) => product * size, 1) > 1_000) return [];
  const kind = kindOf(input.type);
  const zero: Json = kind === 'text' ? '' : kind === 'boolean' ? false : 0;
  return sizes.reduceRight<Json>((inner, size) => Array.from({ length: size }, () => inner), zero);
}

/** The shape of nested arrays; null where they are ragged. */
export function shapeOf(value: Json): number[] | null {
  if (!Array.isArray(value)) return [];
  const inner = value.map(shapeOf);
  const first = inner[0] ?? [];
  if (inner.some((one) => one === null || one.join() !== first?.join())) return null;
  return [value.length, ...(first ?? [])];
}
