import { percent } from '../ui/format';
import { armSource, shareOf } from './endpoints';
import type { Arm, Endpoint, Revision } from './wire';

/** What a revision did, as it reads behind its time. */
export const kinds: Readonly<Record<string, readonly [string, string]>> = {
  created: ['', 'Made'],
  routed: ['', 'Routed'],
  deployed: ['good', 'Deployed'],
  followed: ['good', 'Followed'],
  canary_started: ['live', 'Canary began'],
  canary_step: ['live', 'Canary climbed'],
  canary_promoted: ['good', 'Canary promoted'],
  canary_rolled_back: ['bad', 'Canary went back'],
  canary_aborted: ['warn', 'Canary aborted'],
  rolled_back: ['bad', 'Rolled back'],
  paused: ['warn', 'Paused'],
  resumed: ['', 'Resumed'],
  changed: ['', 'Changed'],
};

/** Arms in one line: `flights@champion v6 99%, flights/7 1%`. */
export function armsText(arms: readonly Arm[] | undefined): string {
  const all = arms ?? [];
  if (all.length === 0) return 'nothing';
  return all
    .map((arm) => `${armSource(arm)}${(arm.alias || arm.stage) && arm.version ? ` v${arm.version}` : ''} ${arm.shadow ? 'as a shadow' : percent(shareOf(arm, all))}`)
    .join(', ');
}

/** Which versions answer, whatever their shares: what a roll back goes back in. */
function versionsOf(arms: readonly Arm[] | undefined): string {
  return (arms ?? [])
    .filter((arm) => !arm.shadow)
    .map((arm) => `${arm.model}/${arm.version ?? arm.alias ?? arm.stage ?? ''}`)
    .sort()
    .join();
}

/** The newest revision whose versions are others than those that answer now. */
export function lastOther(revisions: readonly Revision[], of: Endpoint): Revision | undefined {
  const now = versionsOf(of.arms);
  return revisions.find((one) => (one.arms?.length ?? 0) > 0 && versionsOf(one.arms) !== now);
}
