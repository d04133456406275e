import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';

/** A run as the server answers it. */
export type Run = Wire['Run'];

/** One run with its latest values, params and tags. */
export function runQuery(id: string) {
  return queryOptions({ queryKey: ['run', id], queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/runs/get', { query: { run_id: id }, signal })).run as Run });
}

/** Whether its process still works, as far as anybody knows. */
export function isLive(run: Run): boolean {
  return run.info?.status === 'RUNNING' || run.info?.status === 'SCHEDULED';
}

/** The command that was run, as a shell takes it; null when nobody noted it. */
export function commandOf(tag: string | null): string | null {
  if (tag === null) return null;
  try {
    const words: unknown = JSON.parse(tag);
    return Array.isArray(words) && words.every((word) => typeof word === 'string') ? words.map(shellWord).join(' ') : null;
  } catch {
    return null;
  }
}

/** A word as a shell takes it for one. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Where a commit is shown, on the hosts that are known to show them; null elsewhere. */
export function commitUrl(repository: string | null, commit: string): string | null {
  const match = /^(?:https:\/\/|git@|ssh:\/\/git@)((?:github|gitlab|bitbucket|codeberg)\.[a-z]+)[:/]([\w.-]+\/[\w./-]+?)(?:\.git)?\/?$/.exec(repository ?? '');
  if (!match) return null;
  const [, host, path] = match as unknown as [string, string, string];
  return `https://${host}/${path}/${host.startsWith('gitlab') ? '-/' : ''}${host.startsWith('bitbucket') ? 'commits' : 'commit'}/${encodeURIComponent(commit)}`;
}
