import type { Live, LiveArm } from './wire';

/** What happens on an endpoint now, of all its arms together. */
export interface Total {
  rate: number;
  requests: number;
  errors: number;
  /** Of one. */
  errorShare: number;
  p50: number | undefined;
  p99: number | undefined;
}

/** All arms together. Quantiles of several arms cannot be had from theirs: the largest p99 holds for all of them, and the median is weighted by requests. */
export function totalOf({ arms = [] }: Live): Total {
  const sum = (of: (arm: LiveArm) => number | undefined) => arms.reduce((total, arm) => total + (of(arm) ?? 0), 0);
  const busy = arms.filter((arm) => (arm.requests ?? 0) > 0);
  const requests = sum((arm) => arm.requests);
  const errors = sum((arm) => arm.errors);
  return {
    rate: sum((arm) => arm.requests_per_second),
    requests,
    errors,
    errorShare: requests > 0 ? errors / requests : 0,
    p50: busy.length === 0 ? undefined : busy.reduce((total, arm) => total + (arm.p50_us ?? 0) * (arm.requests ?? 0), 0) / requests,
    p99: busy.length === 0 ? undefined : Math.max(...busy.map((arm) => arm.p99_us ?? 0)),
  };
}

/** Requests a second at each of the last seconds, as points of a chart: the newest is now. */
export function pointsOf(rates: readonly number[] | undefined, now: number): [number, number][] {
  const all = rates ?? [];
  return all.map((rate, index) => [now - (all.length - 1 - index) * 1000, rate]);
}
