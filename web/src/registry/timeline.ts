import type { Stay } from './models';
import { inOrder, slotOf, slotText, type Slot } from './slots';

/** A stay as it is drawn: where it begins and how wide it is, in shares of the line. */
export interface Bar {
  stay: Stay;
  from: number;
  width: number;
  /** It began before what is shown, or has not ended yet. */
  open: boolean;
  /** Which of several lines of one stage it lies on. */
  lane: number;
}

/** The bars of one slot. */
export interface Row {
  slot: Slot;
  bars: Bar[];
  lanes: number;
}

/** A stretch of time. */
export interface Span {
  from: number;
  to: number;
}

/** What a time line shows: all stays, or the last days. A line is never shorter than a minute. */
export function spanOf(stays: readonly Stay[], now: number, days: number | undefined): Span {
  const first = stays.reduce((least, stay) => Math.min(least, stay.from_ms ?? now), now);
  const from = days === undefined ? first : Math.max(first, now - days * 86_400_000);
  return { from: Math.min(from, now - 60_000), to: now };
}

/** Bars of stays by slot, the important slots first. Versions that share a stage lie below each other. */
export function rowsOf(stays: readonly Stay[], { from, to }: Span): Row[] {
  const rows = new Map<string, { slot: Slot; stays: Stay[] }>();
  for (const stay of stays) {
    const slot = slotOf(stay);
    const row = rows.get(slotText(slot)) ?? { slot, stays: [] };
    row.stays.push(stay);
    rows.set(slotText(slot), row);
  }
  return [...rows.values()]
    .sort((a, b) => inOrder(a.slot, b.slot))
    .map((row) => {
      const ends: number[] = [];
      const bars = row.stays
        .filter((stay) => (stay.until_ms ?? to) >= from && (stay.from_ms ?? 0) <= to)
        .sort((a, b) => (a.from_ms ?? 0) - (b.from_ms ?? 0))
        .map((stay): Bar => {
          const [begin, end] = [stay.from_ms ?? from, stay.until_ms ?? Infinity];
          let lane = ends.findIndex((free) => free <= begin);
          if (lane < 0) lane = ends.length;
          ends[lane] = end;
          const left = Math.max(0, (begin - from) / (to - from));
          return { stay, from: left, width: Math.min(1, (Math.min(end, to) - from) / (to - from)) - left, open: stay.until_ms === undefined, lane };
        });
      return { slot: row.slot, bars, lanes: Math.max(1, ends.length) };
    })
    .filter(({ bars }) => bars.length > 0);
}

/** What stood where at a time. */
export function ranAt(stays: readonly Stay[], at: number): Stay[] {
  return stays.filter((stay) => (stay.from_ms ?? 0) <= at && (stay.until_ms === undefined || stay.until_ms > at)).sort((a, b) => inOrder(slotOf(a), slotOf(b)));
}

const steps = [1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 3 * 3_600_000, 6 * 3_600_000, 12 * 3_600_000, 86_400_000, 2 * 86_400_000, 7 * 86_400_000, 14 * 86_400_000, 30 * 86_400_000, 91 * 86_400_000, 182 * 86_400_000, 365 * 86_400_000];

/** Round times along a line, as shares of it with what they are called; at most so many. */
export function ticksOf({ from, to }: Span, most: number): { at: number; label: string }[] {
  const step = steps.find((one) => (to - from) / one <= most) ?? Math.ceil((to - from) / most / 86_400_000) * 86_400_000;
  const fine = step < 86_400_000;
  const label = new Intl.DateTimeFormat(undefined, fine ? { hour: '2-digit', minute: '2-digit', ...(step < 60_000 ? { second: '2-digit' } : {}), ...(to - from > 86_400_000 ? { day: 'numeric', month: 'short' } : {}) } : { day: 'numeric', month: 'short', ...(to - from > 300 * 86_400_000 ? { year: 'numeric' } : {}) });
  // Round in this browser's zone: midnight is where people expect it.
  const shift = new Date(to).getTimezoneOffset() * 60_000;
  const found = [];
  for (let at = Math.ceil((from - shift) / step) * step + shift; at <= to; at += step) found.push({ at: (at - from) / (to - from), label: label.format(at) });
  return found;
}
