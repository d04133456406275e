/** What the address of the audit page says. */
export interface AuditSearch {
  actor?: string | undefined;
  kind?: string | undefined;
  subject?: string | undefined;
  /** From when on: `7d`, `24h`, `30m` before now, or a local day and time such as `2026-11-21T08:30`. */
  since?: string | undefined;
  /** Up to before when, likewise. */
  until?: string | undefined;
  refused?: boolean | undefined;
  all?: boolean | undefined;
  /** The event whose details are open, by position. */
  event?: number | undefined;
}

/** The filters alone, as the API asks for them. */
export interface EventFilter {
  actor?: string | undefined;
  kind?: string | undefined;
  subject?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  refused?: boolean | undefined;
  all?: boolean | undefined;
}

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time of the address in Unix milliseconds; undefined for what is none. */
export function time(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const before = /^(\d{1,6})([mhd])$/.exec(text);
  if (before) return Math.max(0, now - Number(before[1]) * units[before[2]!]!);
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$/.test(text) ? new Date(text.includes('T') ? text : `${text}T00:00`).getTime() : NaN;
  return Number.isNaN(at) || at < 0 ? undefined : at;
}

/** The filter of an address. */
export function filter(search: AuditSearch, now: number): EventFilter {
  return { actor: search.actor, kind: search.kind, subject: search.subject, since: time(search.since, now), until: time(search.until, now), refused: search.refused, all: search.all };
}

/** True when anything is left out. */
export function filtered(search: AuditSearch): boolean {
  return [search.actor, search.kind, search.subject, search.since, search.until, search.refused].some((value) => value !== undefined);
}
