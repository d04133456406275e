import type { Line } from './CurvesChart';
import { pairs, smoothed, strokeOf, type Curve } from './curves';
import { bandOf, type Group, type Spread } from './groups';
import type { ComparedRun } from './runs';

/** How curves become lines. */
export interface LinesLook {
  smooth: number;
  /** Runs that are drawn as one mean with a band, and each of them faint. */
  groups: readonly Group[] | null;
  spread: Spread;
  /** Whether buckets show their least and greatest as a band; with many runs the lines themselves go through both. */
  bands: boolean;
}

/** The lines of one chart. Runs that are hidden are left out, of the means too. */
export function linesOf(runs: readonly ComparedRun[], curves: readonly Curve[], hidden: ReadonlySet<string>, { smooth, groups, spread, bands }: LinesLook): Line[] {
  const seen = (index: number) => !hidden.has(runs[index]!.id) && (curves[index]?.x.length ?? 0) > 0;
  if (groups !== null) {
    return groups.flatMap((group, color) => {
      const members = group.members.filter(seen);
      if (members.length === 0) return [];
      const eased = members.map((index) => ({ ...curves[index]!, mid: smoothed(curves[index]!.mid, smooth) }));
      const band = bandOf(smooth > 0 ? eased.map((one) => ({ ...one, low: null, high: null })) : eased, spread);
      const faint = members.map((index, place) => ({ id: runs[index]!.id, name: runs[index]!.name, color, points: pairs(eased[place]!.x, eased[place]!.mid), faint: true }));
      return [...faint, { id: `group ${group.name}`, name: `${group.name} (${members.length})`, color, points: pairs(band.x, band.mean), band }];
    });
  }
  return runs.flatMap((run, color): Line[] => {
    if (!seen(color)) return [];
    const curve = curves[color]!;
    const raw = { id: run.id, name: run.name, color, points: strokeOf(curve) };
    if (smooth > 0) {
      const eased = { ...raw, points: pairs(curve.x, smoothed(curve.mid, smooth)) };
      return bands ? [{ ...raw, id: `${run.id} raw`, faint: true }, eased] : [eased];
    }
    if (!bands || curve.low === null || curve.high === null) return [raw];
    return [{ ...raw, points: pairs(curve.x, curve.mid), band: { x: curve.x, low: curve.low, high: curve.high } }];
  });
}
