import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { post, remove } from '../api/client';
import { useLive } from '../api/live';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Empty, Failed, Loading } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { reportsPage, type Report } from './reports';

/** Every report: find, write, delete, bring back. */
export function ReportsPage() {
  const { q = '', deleted = false } = useSearch({ from: '/reports' });
  const navigate = useNavigate({ from: '/reports' });
  const queries = useQueryClient();
  const may = useMay();
  const [creating, setCreating] = useState(false);
  const pages = useInfiniteQuery({
    queryKey: ['reports', 'list', q, deleted],
    queryFn: ({ pageParam, ...context }) => reportsPage(q, deleted, pageParam).queryFn!(context as never),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: (before) => before,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ['reports'] });
  useLive({ installation: true }, () => void refresh());
  const change = useMutation({
    mutationFn: ({ of, back }: { of: Report; back: boolean }) =>
      back ? post('/api/slipway/v1/reports/{id}/restore', {} as never, { path: { id: of.id } as never }) : remove('/api/slipway/v1/reports/{id}', { path: { id: of.id } as never }),
    onSuccess: (_, { of, back }) => {
      toast(back ? `'${of.title}' is back.` : `'${of.title}' is deleted. Under Deleted it can be brought back.`);
      return refresh();
    },
  });
  const found = pages.data?.pages.flatMap((page) => page.reports) ?? [];

  return (
    <div className="page">
      <header className="page-head">
        <h1>Reports</h1>
        {may('WriteExperiments') && (
          <Button look="primary" onClick={() => setCreating(true)}>
            <Icon name="plus" /> New report
          </Button>
        )}
      </header>
      <div className="row">
        <input
          className="input grow"
          type="search"
          aria-label="Find by title"
          placeholder="Find by title"
          value={q}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true })}
        />
        <Button aria-pressed={deleted} onClick={() => void navigate({ search: (before) => ({ ...before, deleted: deleted ? undefined : true }) })}>
          <Icon name="trash" /> Deleted
        </Button>
      </div>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={6} height="2rem" />}
      {pages.data && found.length === 0 && (
        <Empty title={q !== '' ? 'No report has this title' : deleted ? 'Nothing is deleted' : 'No report yet'}>
          {q === '' && !deleted && <p>A report is text with live charts, tables and images of runs in it: what came out, for those who were not there.</p>}
        </Empty>
      )}
      {found.length > 0 && (
        <div className="card scroll-x" tabIndex={0} role="group" aria-label="Table of reports">
          <table className="data">
            <thead>
              <tr>
                <th scope="col">Title</th>
                <th scope="col">By</th>
                <th scope="col">Changed</th>
                <th scope="col" className="number">
                  Version
                </th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <tr key={one.id}>
                  <td>
                    <Link to="/reports/$id" params={{ id: one.id ?? '' }}>
                      {one.title}
                    </Link>
                  </td>
                  <td>{one.author}</td>
                  <td>
                    <Time at={one.updated_ms} />
                  </td>
                  <td className="number">{one.version}</td>
                  <td>
                    {one.may_delete && (
                      <Menu
                        square
                        title={`Actions for ${one.title ?? ''}`}
                        label={<Icon name="more" />}
                        items={deleted ? [{ label: 'Bring back', onSelect: () => change.mutate({ of: one, back: true }) }] : [{ label: 'Delete', danger: true, onSelect: () => change.mutate({ of: one, back: false }) }]}
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
      {creating && <NewReport onClose={() => setCreating(false)} />}
    </div>
  );
}

function NewReport({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [title, setTitle] = useState('');
  const making = useMutation({
    mutationFn: () => post('/api/slipway/v1/reports', { title: title.trim(), text: '' }),
    meta: { silent: true },
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['reports'] });
      await navigate({ to: '/reports/$id/edit', params: { id: made.id ?? '' } });
    },
  });
  return (
    <Dialog
      title="New report"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit" form="new-report" disabled={title.trim() === '' || making.isPending}>
            Create
          </Button>
        </>
      }
    >
      <form
        id="new-report"
        onSubmit={(event) => {
          event.preventDefault();
          making.mutate();
        }}
      >
        <Field label="Title" autoFocus maxLength={250} value={title} onChange={(event) => setTitle(event.target.value)} wrong={making.error?.message} />
      </form>
    </Dialog>
  );
}
