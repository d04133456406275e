import { percent } from '../ui/format';
import type { Endpoint } from './wire';

/** How long a canary that went back is still news. */
const newsMs = 7 * 24 * 3600_000;

/** Why somebody should look at an endpoint; null when nobody need. */
export function troubleOf(of: Endpoint, now: number): { text: string; at: number | undefined; canary: boolean } | null {
  const arms = of.arms ?? [];
  const broken = arms.find((arm) => arm.problem);
  const held = arms.find((arm) => arm.held);
  const { canary } = of;
  if (of.state === 'failed') return { text: broken?.problem ?? 'No version that gets requests is ready.', at: of.updated_ms, canary: false };
  if (canary?.state === 'rolled_back' && now - (canary.ended_ms ?? 0) < newsMs) return { text: canary.reason ?? 'The canary went back.', at: canary.ended_ms ?? undefined, canary: true };
  if (broken) return { text: `${broken.name}: ${broken.problem}`, at: of.updated_ms, canary: false };
  if (held) return { text: `${held.name}: version ${held.held?.version} is kept out by its gates`, at: held.held?.at_ms, canary: false };
  if (canary?.state === 'running' || canary?.state === 'held') return { text: `Version ${canary.version} at ${percent(canary.share ?? 0)}`, at: canary.started_ms, canary: true };
  if (of.state === 'paused') return { text: 'It answers nobody.', at: of.updated_ms, canary: false };
  return null;
}
