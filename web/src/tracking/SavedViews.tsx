import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, patch, post, remove, type Wire } from '../api/client';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { toast } from '../ui/Toasts';
import { NameDialog } from './ExperimentDialogs';
import { runsSearch, type RunsSearch } from './runsView';

type View = Wire['SavedView'];

/** The views that people saved for these runs: what they filter, sort and show, under a name. */
export function SavedViews({ experiments, search, replace }: { experiments: readonly string[]; search: RunsSearch; replace: (search: RunsSearch) => void }) {
  const [dialog, setDialog] = useState<'save' | 'rename' | 'delete' | null>(null);
  const queries = useQueryClient();
  const listed = useQuery({
    queryKey: ['views', experiments[0]],
    queryFn: async ({ signal }) => (await get('/api/slipway/v1/views', { query: { experiment_id: experiments[0] }, signal })).views ?? [],
    staleTime: 30_000,
  });
  // Of several experiments: the views of exactly these.
  const views = (listed.data ?? []).filter((one) => sameIds(one.experiment_ids ?? [], experiments));
  const here = views.find((one) => one.id === search.view);
  const opened = useQuery({ queryKey: ['view', search.view], queryFn: ({ signal }) => get('/api/slipway/v1/views/{id}', { path: { id: search.view! }, signal }), enabled: here !== undefined, staleTime: 30_000 });
  const state = written(search);
  const changed = here !== undefined && opened.data?.state !== undefined && opened.data.state !== state;
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ['views'] }), queries.invalidateQueries({ queryKey: ['view'] })]);

  const open = useMutation({
    mutationFn: (view: View) => queries.fetchQuery({ queryKey: ['view', view.id], queryFn: () => get('/api/slipway/v1/views/{id}', { path: { id: view.id! } }) }),
    onSuccess: (view) => replace({ ...read(view.state), view: view.id }),
  });
  const update = useMutation({
    mutationFn: () => patch('/api/slipway/v1/views/{id}', { state }, { path: { id: here!.id! } }),
    onSuccess: () => {
      toast(`'${here?.name}' is saved as it is shown now.`);
      return refresh();
    },
  });
  const deletion = useMutation({
    mutationFn: (view: View) => remove('/api/slipway/v1/views/{id}', { path: { id: view.id! } }),
    onSuccess: (_, view) => {
      setDialog(null);
      replace({ ...search, view: undefined });
      toast(`The view '${view.name}' is deleted.`);
      return refresh();
    },
  });

  return (
    <>
      <Menu
        title="Saved views"
        label={
          <>
            <Icon name="eye" />
            <span className="runs-toolbar-recent">{here ? `${here.name}${changed ? ' *' : ''}` : 'Views'}</span>
            <Icon name="down" size={12} />
          </>
        }
        items={[
          ...views.map((one) => ({
            label: (
              <>
                <Icon name={one.id === here?.id ? 'check' : 'eye'} /> {one.name}
              </>
            ),
            onSelect: () => open.mutate(one),
          })),
          { label: 'Save as a new view…', onSelect: () => setDialog('save') },
          here?.may_change === true && changed && { label: `Update '${here.name}'`, onSelect: () => update.mutate() },
          here?.may_change === true && { label: `Rename '${here.name}'…`, onSelect: () => setDialog('rename') },
          here?.may_change === true && { label: `Delete '${here.name}'…`, danger: true, onSelect: () => setDialog('delete') },
        ]}
      />
      {dialog === 'save' && (
        <NameDialog
          title="Save this view"
          action="Save"
          hint="Whoever may read these runs finds it under this name."
          onClose={() => setDialog(null)}
          save={async (name) => {
            const view = await post('/api/slipway/v1/views', { name, experiment_ids: [...experiments], state });
            replace({ ...search, view: view.id });
          }}
          saved={refresh}
        />
      )}
      {dialog === 'rename' && here && <NameDialog title="Rename the view" action="Rename" hint="" name={here.name} onClose={() => setDialog(null)} save={(name) => patch('/api/slipway/v1/views/{id}', { name }, { path: { id: here.id! } })} saved={refresh} />}
      {dialog === 'delete' && here && (
        <Dialog
          title={`Delete the view '${here.name}'?`}
          onClose={() => setDialog(null)}
          footer={
            <>
              <Button onClick={() => setDialog(null)}>Cancel</Button>
              <Button look="danger" autoFocus disabled={deletion.isPending} onClick={() => deletion.mutate(here)}>
                Delete
              </Button>
            </>
          }
        >
          <p>The runs stay. Links to the view open these runs without it.</p>
        </Dialog>
      )}
    </>
  );
}

/** What is kept of an address: all of it but which view it came from, in one order. */
export function written(search: RunsSearch): string {
  const entries = Object.entries(search).filter(([name, value]) => name !== 'view' && value !== undefined);
  return JSON.stringify(Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Reads it; a view of another kind, or of a later version, opens as far as it is understood. */
export function read(state: string | undefined): RunsSearch {
  try {
    const value: unknown = JSON.parse(state ?? '{}');
    return typeof value === 'object' && value !== null ? { ...runsSearch(value as Record<string, unknown>), view: undefined } : {};
  } catch {
    return {};
  }
}

function sameIds(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
