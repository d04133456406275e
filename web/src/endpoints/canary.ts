import type { CanaryTest } from './wire';

/**
 * How near a test is to its limit, of one. Evidence is an e-value, which multiplies: on a scale of logarithms every step towards the limit is as long as
 * the one before, and an e-value of one, no evidence at all, is nought.
 */
export function evidenceShare({ evidence = 1, limit = 0 }: CanaryTest): number {
  if (!(limit > 1) || Number.isNaN(evidence)) return 0;
  return Math.min(1, Math.max(0, Math.log(Math.max(evidence, 1e-300)) / Math.log(limit)));
}

/** What a guard looks at. */
export function guardWord(guard: string | undefined): string {
  return guard === 'errors' ? 'Errors' : guard === 'latency' ? 'Slow requests' : guard === 'predictions' ? 'Predictions' : (guard ?? '');
}
