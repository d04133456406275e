const units: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 };

/** A size as people write it, in bytes: `500 GB`, `2.5tb`, `1000`. Null for nothing, undefined for what is no size. */
export function size(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const parts = /^\s*(\d+(?:[.,]\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const unit = units[parts?.[2]?.toLowerCase() ?? '-'];
  if (!parts || unit === undefined) return undefined;
  const bytes = Math.round(Number(parts[1]!.replace(',', '.')) * unit);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** A whole number from a least one on; null for nothing, undefined for what is none. */
export function whole(text: string, least: number, most: number): number | null | undefined {
  if (text.trim() === '') return null;
  const value = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(value) && value >= least && value <= most ? value : undefined;
}

/** Bytes as they are typed: the largest unit that says them exactly. */
export function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  for (const [unit, factor] of [['TB', 1e12], ['GB', 1e9], ['MB', 1e6], ['kB', 1e3]] as const) if (bytes >= factor && bytes % (factor / 10) === 0) return `${bytes / factor} ${unit}`;
  return String(bytes);
}
