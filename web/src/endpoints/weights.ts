import type { Arm, ArmPlan } from './wire';

/** Weights as they were typed; null when one of them is none. */
export function weightsOf(texts: Readonly<Record<string, string>>): Record<string, number> | null {
  const read = Object.entries(texts).map(([arm, text]) => [arm, text.trim() === '' ? Number.NaN : Number(text)] as const);
  return read.every(([, weight]) => Number.isFinite(weight) && weight >= 0) ? Object.fromEntries(read) : null;
}

/** The arms as they are to be: what an alias or a stage names is said by it, so that the arm goes on following. */
export function plansOf(arms: readonly Arm[], weights: Readonly<Record<string, number>>): ArmPlan[] {
  return arms.map(({ name, model, version, alias, stage, weight, shadow }) => ({
    name,
    model,
    ...(alias ? { alias } : stage ? { stage } : { version }),
    weight: weights[name ?? ''] ?? weight,
    ...(shadow && { shadow }),
  }));
}
