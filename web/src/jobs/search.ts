import type { JobState } from './jobs';

/** What the page of jobs shows: which part, which kind, which state, and the job that is open. */
export interface JobsSearch {
  tab?: 'failures' | 'schedules' | undefined;
  kind?: string | undefined;
  state?: JobState | undefined;
  job?: string | undefined;
}

export function jobsSearch(search: Record<string, unknown>): JobsSearch {
  return {
    tab: search.tab === 'failures' || search.tab === 'schedules' ? search.tab : undefined,
    kind: typeof search.kind === 'string' && search.kind !== '' ? search.kind.slice(0, 200) : undefined,
    state: search.state === 'READY' || search.state === 'DELAYED' || search.state === 'RUNNING' || search.state === 'FAILED' ? search.state : undefined,
    job: typeof search.job === 'string' || typeof search.job === 'number' ? String(search.job) : undefined,
  };
}
