import { duration } from '../ui/format';
import type { Job, JobState, Queue, Schedule } from './jobs';

export const stateTitles: Readonly<Record<JobState, string>> = { READY: 'Ready', DELAYED: 'Waiting for its time', RUNNING: 'Running', FAILED: 'Failed' };

/** A state as a mark. */
export function jobLook({ state }: Pick<Job, 'state'>): { look: 'good' | 'warn' | 'bad' | 'live' | ''; text: string } {
  switch (state) {
    case 'RUNNING':
      return { look: 'live', text: 'running' };
    case 'FAILED':
      return { look: 'bad', text: 'failed' };
    case 'DELAYED':
      return { look: 'warn', text: 'waiting' };
    default:
      return { look: '', text: state.toLowerCase() };
  }
}

/** How long the oldest job of a queue has been due; null when none is. */
export function oldestAge({ oldest_due_ms: due }: Queue, now: number): string | null {
  return due === undefined || due > now ? null : duration(Math.max(1000, Math.round((now - due) / 1000) * 1000)).replace('.0 s', ' s');
}

/** Whether a queue needs a look: something failed, or has been due for long. */
export function needsLook({ failed = 0, oldest_due_ms: due, resident }: Queue, now: number): boolean {
  return failed > 0 || (!resident && due !== undefined && now - due > 60_000);
}

/** What may be done with a job. */
export function canRetry({ state, resident }: Job): boolean {
  return resident !== true && (state === 'FAILED' || state === 'DELAYED');
}

export function canCancel({ resident }: Job): boolean {
  return resident !== true;
}

/** When a schedule runs, in words where they are few. */
export function timesText({ cron, time_zone: zone, every_ms: every }: Schedule): string {
  if (every !== undefined) return `every ${duration(every).replace('.0 s', ' s')}`;
  return [cron, zone].filter(Boolean).join(', ');
}

/** What is ahead: `in 5 min`. */
export function ahead(at: number, now: number): string {
  return at <= now ? 'now' : `in ${duration(Math.max(1000, Math.round((at - now) / 1000) * 1000)).replace('.0 s', ' s')}`;
}
