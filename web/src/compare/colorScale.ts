import { rampColor, seriesColor } from '../ui/palette';
import { scaleOf, valueOf, type FieldRef, type Scale } from './fields';
import type { ComparedRun } from './runs';

/** Where a value lies on its scale, from nought to one; null for what has no place. */
export function shareOf(value: string | number | null, scale: Scale): number | null {
  if (value === null) return null;
  if (scale.kind === 'category') {
    const at = scale.categories.indexOf(String(value));
    return at < 0 ? null : scale.categories.length === 1 ? 0.5 : at / (scale.categories.length - 1);
  }
  const read = Number(value);
  if (!Number.isFinite(read)) return null;
  if (scale.greatest === scale.least) return 0.5;
  return scale.log ? Math.log(read / scale.least) / Math.log(scale.greatest / scale.least) : (read - scale.least) / (scale.greatest - scale.least);
}

/** The colour of each run by a field: a ramp for numbers, one colour each for categories, and for no field one for all. */
export function colorBy(runs: readonly ComparedRun[], ref: FieldRef | undefined, theme: 'light' | 'dark', missing: string): (run: ComparedRun) => string {
  if (ref === undefined) return () => seriesColor(0, theme);
  const scale = scaleOf(runs, ref);
  return (run) => {
    const value = valueOf(run, ref);
    if (scale.kind === 'category') return value === null ? missing : seriesColor(scale.categories.indexOf(String(value)), theme);
    const share = shareOf(value, scale);
    return share === null ? missing : rampColor(share, theme);
  };
}
