import type { Explanation } from './wire';

/** One column's part of a prediction: from where to where it moves it. */
export interface Step {
  name: string;
  value: string | undefined;
  by: number;
  error: number | undefined;
  from: number;
  to: number;
}

/** As many columns as one reads; the rest are one step together. */
const shownMax = 15;

/** Attributions as steps from the base to the prediction, the largest first, and the span that they cross. */
export function stepsOf({ base = 0, attributions = [] }: NonNullable<Explanation['explanations']>[number]): { steps: Step[]; span: { from: number; to: number } } {
  const sorted = [...attributions].sort((a, b) => Math.abs(b.attribution ?? 0) - Math.abs(a.attribution ?? 0));
  const few = sorted.length > shownMax + 1 ? sorted.slice(0, shownMax) : sorted;
  const rest = sorted.slice(few.length);
  const told = few.map(({ name = '', value, attribution = 0, error }) => ({ name, value: value === undefined ? undefined : String(value), by: attribution, error }));
  if (rest.length > 0) told.push({ name: `${rest.length} others`, value: undefined, by: rest.reduce((sum, one) => sum + (one.attribution ?? 0), 0), error: undefined });
  let at = base;
  const steps = told.map((one) => {
    const from = at;
    at += one.by;
    return { ...one, from, to: at };
  });
  const all = [base, ...steps.map(({ to }) => to)];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  // A span of nothing would divide by nothing.
  return { steps, span: most > least ? { from: least, to: most } : { from: least - 0.5, to: most + 0.5 } };
}
