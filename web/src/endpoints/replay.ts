import { number } from '../ui/format';
import { datatypeOf } from './protocols';
import type { Json } from './signature';
import type { Prediction } from './wire';

/** A logged prediction as a request of the Open Inference Protocol. */
export function replayOf({ inputs = [], rows = 1 }: Prediction): Json {
  return { inputs: inputs.map(({ name = '', type, shape, values = [] }) => ({ name, shape: shape ?? [rows], datatype: /^(FP|INT|UINT|BF|BOOL|BYTES)/.test(type ?? '') ? type! : datatypeOf(type), data: [...values] })) };
}

/** The outputs of an answer, each as one flat list. */
export function valuesOf(text: string): Map<string, (number | string | boolean | null)[]> {
  try {
    // Answers write NaN and infinities bare, as the other servers do; JSON has no such numbers.
    const { outputs = [] } = JSON.parse(text.replace(/("(?:[^"\\]|\\.)*")|(-?Infinity|NaN)/g, (_, quoted: string | undefined, bare: string) => quoted ?? `"${bare}"`)) as { outputs?: { name?: string; data?: Json }[] };
    return new Map(outputs.map(({ name = '', data }) => [name, flat(data ?? [])]));
  } catch {
    return new Map();
  }
}

function flat(value: Json): (number | string | boolean | null)[] {
  return Array.isArray(value) ? value.flatMap(flat) : typeof value === 'object' && value !== null ? [] : [value];
}

/** How far two answers are apart, in words. */
export function differenceOf(then: readonly unknown[], now: readonly unknown[]): string {
  if (then.length !== now.length) return `${then.length} values then, ${now.length} now`;
  const pairs = then.map((value, at) => [value, now[at]] as const);
  if (pairs.every(([a, b]) => Object.is(a, b) || String(a) === String(b))) return 'the same';
  if (pairs.every(([a, b]) => typeof a === 'number' && typeof b === 'number')) return `up to ${number(Math.max(...pairs.map(([a, b]) => Math.abs((a as number) - (b as number)))))}`;
  return `${pairs.filter(([a, b]) => String(a) !== String(b)).length} of ${pairs.length} values differ`;
}
