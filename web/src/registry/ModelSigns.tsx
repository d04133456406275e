import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/client';
import { attentionQuery } from '../home/attention';
import { profileQuery } from './profile';

/** Requests that wait for somebody's approval, of all models. */
const waitingApprovals = queryOptions({
  queryKey: ['approvals', 'open of all models'],
  queryFn: async ({ signal }) => (await get('/api/slipway/v1/approvals', { query: { state: 'open', max_results: 200 }, signal })).requests ?? [],
  refetchInterval: 30_000,
});

/** Who answers for a model. Asked only for rows that are on the screen, and kept for a while. */
export function Owner({ name }: { name: string }) {
  const profile = useQuery({ ...profileQuery(name), staleTime: 300_000 }).data;
  return <>{profile?.owner ?? profile?.team ?? ''}</>;
}

/** What somebody should look at: a day that has passed, an approval that is waited for. */
export function Attention({ name }: { name: string }) {
  const notices = (useQuery(attentionQuery).data?.notices ?? []).filter((one) => one.name === name);
  const waiting = (useQuery(waitingApprovals).data ?? []).filter((one) => one.model === name);
  if (notices.length + waiting.length === 0) return null;
  return (
    <span className="row">
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
