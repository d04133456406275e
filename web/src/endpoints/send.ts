import { headers, Problem } from '../api/client';
import type { Json } from './signature';

/** What came back from an endpoint: kept whole, also when it is a refusal. */
export interface Answered {
  status: number;
  /** As long as it took from here, in milliseconds. */
  ms: number;
  version: string | null;
  id: string | null;
  warnings: string | null;
  phases: { name: string; ms: number }[];
  text: string;
}

/** Asks an endpoint, as any program would. */
export async function askEndpoint(path: string, body: Json, key?: string): Promise<Answered> {
  const begun = performance.now();
  let response: Response;
  try {
    response = await fetch(path, { method: 'POST', body: JSON.stringify(body), credentials: 'same-origin', headers: { ...headers(), 'Content-Type': 'application/json', ...(key && { 'X-Sticky-Key': key }) } });
  } catch {
    throw new Problem(0, 'UNREACHABLE', 'The server cannot be reached. Is it running, and is this machine online?');
  }
  const text = await response.text();
  return {
    status: response.status,
    ms: performance.now() - begun,
    version: response.headers.get('X-Slipway-Version'),
    id: response.headers.get('X-Request-Id'),
    warnings: response.headers.get('X-Slipway-Warnings'),
    phases: readTiming(response.headers.get('Server-Timing')),
    text,
  };
}

/** `parse;dur=0.004, run;dur=0.012` as phases. */
export function readTiming(header: string | null): { name: string; ms: number }[] {
  return (header ?? '').split(',').flatMap((part) => {
    const [name = '', ...more] = part.trim().split(';');
    const ms = Number(more.map((one) => one.trim()).find((one) => one.startsWith('dur='))?.slice(4) ?? Number.NaN);
    return name !== '' && Number.isFinite(ms) ? [{ name, ms }] : [];
  });
}

/** JSON laid out for reading; anything else as it is. */
export function laidOut(text: string): string {
  try {
    return flat(JSON.parse(text) as Json, '');
  } catch {
    return text;
  }
}

/** Indented, but lists of plain values stay in one line. */
function flat(value: Json, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one !== 'object' || one === null)) return `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;
    return `[\n${value.map((one) => inner + flat(one, inner)).join(',\n')}\n${indent}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0 ? '{}' : `{\n${entries.map(([key, one]) => `${inner}${JSON.stringify(key)}: ${flat(one, inner)}`).join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}
