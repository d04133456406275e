import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { put } from '../api/client';
import { experiment } from '../tracking/experiments';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Failed, Loading } from '../ui/States';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { grantsQuery, type Grant } from './access';
import { NewGrant } from './NewGrant';
import { levels } from './words';

type Change = Omit<Grant, 'level'> & { level?: string | undefined };

/** Says what somebody may do with one thing, or takes that back. */
export function useSetting(onSuccess?: () => void, silent = false) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ level, ...grant }: Change) => put('/api/slipway/v1/access/grants', { ...grant, ...(level !== undefined && { level }) }),
    meta: { silent },
    onSuccess: async () => {
      onSuccess?.();
      await Promise.all([queries.invalidateQueries({ queryKey: ['grants'] }), queries.invalidateQueries({ queryKey: ['explain'] })]);
    },
  });
}

/** What was said about single experiments and models, beside the roles; or about one experiment, for who manages that alone. */
export function GrantsCard({ experiment: only }: { experiment?: string }) {
  const [making, setMaking] = useState(false);
  const pages = useInfiniteQuery(grantsQuery(only));
  const setting = useSetting();
  const grants = pages.data?.pages.flatMap((page) => page.grants) ?? [];
  const columns: readonly TableColumn<Grant>[] = [
    { name: 'About', width: 'minmax(8rem, 2fr)', cell: (one) => <Root of={one} /> },
    { name: 'Who', width: 'minmax(6rem, 1fr)', cell: (one) => one.name },
    {
      name: 'May',
      width: 'minmax(11rem, 2fr)',
      cell: (one) => (
        <select className="input settings-fill" aria-label={`What ${one.name} may do`} value={one.level} onChange={(event) => setting.mutate({ ...one, level: event.target.value })}>
          {levels.map((level) => (
            <option key={level.name} value={level.name}>
              {level.name}: {level.what}
            </option>
          ))}
        </select>
      ),
    },
    {
      name: 'Take back',
      silent: true,
      width: '3.5rem',
      cell: (one) => (
        <Button look="plain" square aria-label={`Take back what was said about ${one.name}`} title="Take back" onClick={() => setting.mutate({ ...one, level: undefined })}>
          <Icon name="close" />
        </Button>
      ),
    },
  ];
  return (
    <section className="card stack" aria-labelledby="grants">
      <div className="row between">
        <h2 id="grants">Grants and denials</h2>
        <Button disabled={pages.isError} onClick={() => setMaking(true)}>
          <Icon name="plus" /> New grant or denial
        </Button>
      </div>
      <p className="settings-lead">What single experiments and models add to roles, or take. A denial wins over everything, and hides the thing altogether; it does not bind administrators of the installation.</p>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={3} height="2rem" />}
      {pages.data && grants.length === 0 && <p className="muted">Nothing differs from the roles.</p>}
      {grants.length > 0 && (
        <VirtualTable label="Grants and denials" columns={columns} rows={grants} rowKey={(one) => `${one.kind}/${one.root}/${one.name}`} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
      )}
      {making && <NewGrant experiment={only} onClose={() => setMaking(false)} />}
    </section>
  );
}

function Root({ of }: { of: Grant }) {
  const named = useQuery({ ...experiment(of.root), enabled: of.kind === 'experiment', staleTime: 60_000 }).data;
  if (of.kind !== 'experiment') return <>{of.root}</>;
  return (
    <Link to="/experiments/$ids" params={{ ids: of.root }}>
      {named?.name ?? `Experiment ${of.root}`}
    </Link>
  );
}
