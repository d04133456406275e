import type { Stay, Version } from './models';

/** One step in the life of a version. */
export interface Step {
  at: number;
  what: 'made' | 'came' | 'left';
  by: string | undefined;
  why: string | undefined;
  stay?: Stay;
}

/** Everything that happened to a version, the newest first. */
export function storyOf(of: Version, stays: readonly Stay[]): Step[] {
  const steps: Step[] = [{ at: of.creation_timestamp ?? 0, what: 'made', by: of.user_id, why: undefined }];
  for (const stay of stays) {
    if (stay.version !== of.version) continue;
    steps.push({ at: stay.from_ms ?? 0, what: 'came', by: stay.from_actor, why: stay.from_reason, stay });
    if (stay.until_ms !== undefined) steps.push({ at: stay.until_ms, what: 'left', by: stay.until_actor, why: stay.until_reason, stay });
  }
  // Of one moment: it leaves before it comes.
  const order = { came: 0, left: 1, made: 2 };
  return steps.sort((a, b) => b.at - a.at || order[a.what] - order[b.what]);
}
