import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/client';
import { attentionQuery } from '../home/attention';
import { ScanPill } from './Inspection';
import type { ModelOverview } from './models';

/** Requests that wait for somebody's approval, of all models. */
const waitingApprovals = queryOptions({
  queryKey: ['approvals', 'open of all models'],
  queryFn: async ({ signal }) => (await get('/api/slipway/v1/approvals', { query: { state: 'open', max_results: 200 }, signal })).requests ?? [],
  refetchInterval: 30_000,
});

/** What somebody should look at: files that are not safe, a day that has passed, an approval that is waited for. */
export function Attention({ name, overview }: { name: string; overview: ModelOverview | undefined }) {
  const notices = (useQuery(attentionQuery).data?.notices ?? []).filter((one) => one.name === name);
  const waiting = (useQuery(waitingApprovals).data ?? []).filter((one) => one.model === name);
  const found = worstFirst(overview?.findings ?? []);
  if (notices.length + waiting.length + found.length === 0) return null;
  return (
    <span className="row">
      {found.slice(0, 2).map((one) => (
        <Link key={one.version} to="/models/$name/versions/$version" params={{ name, version: one.version ?? '' }} search={{ tab: 'files' }} className="models-scan" title={`What the scan found in version ${one.version}`}>
          v{one.version} <ScanPill status={one.status} />
        </Link>
      ))}
      {found.length > 2 && <span className="muted">+{found.length - 2}</span>}
      {notices.map((one) => (
        <span key={one.kind} className="pill bad" title={one.message}>
          {/retire/i.test(one.kind ?? '') ? 'to be retired' : 'review overdue'}
        </span>
      ))}
      {waiting.length > 0 && (
        <Link className="pill live" to="/models/$name/versions/$version" params={{ name, version: waiting[0]!.version ?? '' }} search={{ tab: 'gates' }} title="The version that waits">
          {waiting.length === 1 ? 'waits for approval' : `${waiting.length} wait for approval`}
        </Link>
      )}
    </span>
  );
}

/** What is unsafe before what is suspicious, the newest version of each first. */
export function worstFirst<T extends { version?: string; status?: string }>(found: readonly T[]): T[] {
  return [...found].sort((a, b) => Number(b.status === 'unsafe') - Number(a.status === 'unsafe') || Number(b.version) - Number(a.version));
}
