/** A stretch of a number line. */
export interface Span {
  from: number;
  to: number;
}

/** A stretch that holds all of some values, with a little air; of nothing, from nought to one. */
export function spanOf(values: readonly (number | null | undefined)[]): Span {
  const known = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  if (known.length === 0) return { from: 0, to: 1 };
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const air = most > least ? (most - least) * 0.06 : Math.max(Math.abs(most) * 0.1, 0.5);
  return { from: least - air, to: most + air };
}

/** Where a value lies on a stretch, in percent; what lies outside stands at its end. */
export function placeOn({ from, to }: Span, value: number): number {
  return Math.min(100, Math.max(0, ((value - from) / (to - from)) * 100));
}

const words: Readonly<Record<string, { tone: string; word: string }>> = {
  ship: { tone: 'good', word: 'Ship it' },
  'stop-worse': { tone: 'bad', word: 'Stop: it is worse' },
  'stop-no-effect': { tone: 'warn', word: 'Stop: there is no difference that matters' },
  'fix-assignment': { tone: 'bad', word: 'Mend the assignment first' },
  continue: { tone: '', word: 'Go on' },
  'no-data': { tone: '', word: 'Too little is known yet' },
};

/** What the analysis advises, in words. */
export function adviceWords(decision: string | undefined): { tone: string; word: string } {
  return words[decision ?? ''] ?? { tone: '', word: decision ?? 'No advice' };
}
