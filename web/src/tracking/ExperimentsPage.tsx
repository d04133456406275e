import { useInfiniteQuery, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { post } from '../api/client';
import { useLive } from '../api/live';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Empty, Failed, Loading } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { RunCounts } from '../home/RunCounts';
import { DeleteDialog, NameDialog } from './ExperimentDialogs';
import { experimentsPage, noteTag, overviews, tag, type Experiment } from './experiments';

/** What the address says about the list. */
export interface ExperimentsSearch {
  q?: string;
  deleted?: boolean;
}

/** Every experiment: find, create, rename, delete, bring back. */
export function ExperimentsPage() {
  const { q = '', deleted = false } = useSearch({ from: '/experiments' });
  const navigate = useNavigate({ from: '/experiments' });
  const queries = useQueryClient();
  const may = useMay();
  const me = useQuery(meQuery).data;
  const [dialog, setDialog] = useState<{ kind: 'create' } | { kind: 'rename' | 'delete'; of: Experiment } | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ['experiments', 'list', q, deleted],
    queryFn: ({ pageParam, ...context }) => experimentsPage(q, deleted, pageParam).queryFn!(context as never),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ['experiments'] });
  useLive({ installation: true }, () => void refresh());
  const restore = useMutation({
    mutationFn: (one: Experiment) => post('/api/2.0/mlflow/experiments/restore', { experiment_id: one.experiment_id }),
    onSuccess: (_, one) => {
      toast(`'${one.name}' is back.`);
      return refresh();
    },
  });
  const found = pages.data?.pages.flatMap((page) => page.experiments) ?? [];
  const counts = useQueries({ queries: (pages.data?.pages ?? []).map((page) => overviews(page.experiments.map((one) => one.experiment_id))) });
  const overview = new Map(counts.flatMap((one) => one.data ?? []).map((one) => [one.experiment_id, one]));

  return (
    <div className="page">
      <header className="page-head">
        <h1>Experiments</h1>
        {may('WriteExperiments') && (
          <Button look="primary" onClick={() => setDialog({ kind: 'create' })}>
            <Icon name="plus" /> New experiment
          </Button>
        )}
      </header>
      <div className="row">
        <input
          className="input grow"
          type="search"
          aria-label="Find by name"
          placeholder="Find by name"
          value={q}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true })}
        />
        <Button aria-pressed={deleted} onClick={() => void navigate({ search: (before) => ({ ...before, deleted: deleted ? undefined : true }) })}>
          <Icon name="trash" /> Deleted
        </Button>
      </div>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={8} height="2rem" />}
      {pages.data && found.length === 0 && (
        <Empty title={q !== '' ? 'No experiment has this name' : deleted ? 'Nothing is deleted' : 'No experiment yet'}>
          {q === '' && !deleted && <p>Make one here, or log a run from a program: Home says how to connect.</p>}
        </Empty>
      )}
      {found.length > 0 && (
        <div className="card scroll-x">
          <table className="data">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Description</th>
                <th scope="col">Runs</th>
                <th scope="col">Last activity</th>
                <th scope="col">Created</th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <tr key={one.experiment_id}>
                  <td>
                    <Link to="/experiments/$ids" params={{ ids: one.experiment_id }}>
                      {one.name}
                    </Link>
                  </td>
                  <td className="muted">{firstLine(tag(one.tags, noteTag))}</td>
                  <td>{overview.has(one.experiment_id) && <RunCounts runs={overview.get(one.experiment_id)?.runs} />}</td>
                  <td>
                    <Time at={overview.get(one.experiment_id)?.last_activity_ms ?? one.last_update_time} />
                  </td>
                  <td>
                    <Time at={one.creation_time} />
                  </td>
                  <td>
                    {may('WriteExperiments') && (
                      <Menu
                        square
                        title={`Actions for ${one.name}`}
                        label={<Icon name="more" />}
                        items={
                          deleted
                            ? [{ label: 'Bring back', onSelect: () => restore.mutate(one) }]
                            : [
                                { label: 'Rename', onSelect: () => setDialog({ kind: 'rename', of: one }) },
                                me?.single_user === false && { label: 'Who may see it', onSelect: () => void navigate({ to: '/settings/roles', search: { experiment: one.experiment_id } }) },
                                { label: 'Delete', danger: true, onSelect: () => setDialog({ kind: 'delete', of: one }) },
                              ]
                        }
                      />
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.hasNextPage && (
        <div className="row">
          <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
            Show more
          </Button>
        </div>
      )}
      {dialog?.kind === 'create' && (
        <NameDialog
          title="New experiment"
          action="Create"
          onClose={() => setDialog(null)}
          save={(name) => post('/api/2.0/mlflow/experiments/create', { name })}
          saved={async (name) => {
            toast(`'${name}' is there.`);
            await refresh();
          }}
        />
      )}
      {dialog?.kind === 'rename' && (
        <NameDialog
          title={`Rename '${dialog.of.name}'`}
          action="Rename"
          name={dialog.of.name}
          onClose={() => setDialog(null)}
          save={(name) => post('/api/2.0/mlflow/experiments/update', { experiment_id: dialog.of.experiment_id, new_name: name })}
          saved={refresh}
        />
      )}
      {dialog?.kind === 'delete' && <DeleteDialog of={dialog.of} onClose={() => setDialog(null)} done={refresh} />}
    </div>
  );
}

function firstLine(text: string | null): string {
  const line = text?.split('\n', 1)[0] ?? '';
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}
