import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { RunCounts } from '../home/RunCounts';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Failed } from '../ui/States';
import { toast } from '../ui/Toasts';
import { DeleteDialog, NameDialog } from './ExperimentDialogs';
import { experiment, noteTag, overviews, tag, type Experiment } from './experiments';
import { TagsDialog } from './TagsDialog';
import './RunsHead.css';

const Markdown = lazy(() => import('../ui/Markdown').then(({ Markdown }) => ({ default: Markdown })));

/** Whose runs these are: an experiment with its description and tags, or the names of several. */
export function RunsHead({ ids }: { ids: readonly string[] }) {
  const found = useQueries({ queries: ids.map((id) => experiment(id)) });
  const failed = found.find((one) => one.error);
  if (failed && found.every((one) => one.data === undefined)) return <Failed problem={failed.error} retry={() => void failed.refetch()} />;
  if (ids.length === 1) return found[0]?.data ? <Single of={found[0].data} /> : <div className="runs-head" role="status" aria-label="Loading"><h1 className="skeleton runs-head-wait" /></div>;
  return (
    <header className="runs-head">
      <Crumb />
      <div className="row">
        <h1>{ids.length} experiments</h1>
        <States ids={ids} />
      </div>
      <ul role="list" className="row">
        {found.map((one, at) => (
          <li key={ids[at]}>
            <Link className="pill" to="/experiments/$ids" params={{ ids: ids[at]! }}>
              {one.data?.name ?? ids[at]}
            </Link>
          </li>
        ))}
      </ul>
      {failed && <Failed problem={failed.error} />}
    </header>
  );
}

function Crumb() {
  return (
    <nav aria-label="Above this page" className="runs-head-crumb">
      <Link to="/experiments">Experiments</Link>
    </nav>
  );
}

/** How many runs there are in which state. */
function States({ ids }: { ids: readonly string[] }) {
  // Counted by the server from an index; the table itself hears of every change, this may lag a little.
  const found = useQuery({ ...overviews(ids), refetchInterval: 10_000 }).data;
  if (found === undefined || found.length === 0) return null;
  const sum: Record<string, number> = {};
  for (const one of found) for (const [state, n] of Object.entries(one.runs ?? {})) sum[state] = (sum[state] ?? 0) + n;
  return <RunCounts runs={sum} />;
}

type Asked = 'rename' | 'delete' | 'description' | 'tags' | null;

function Single({ of }: { of: Experiment }) {
  const [asked, setAsked] = useState<Asked>(null);
  const [all, setAll] = useState(false);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const may = useMay()('WriteExperiments');
  const note = tag(of.tags, noteTag)?.trim() ?? '';
  const tags = (of.tags ?? []).filter(({ key }) => key !== undefined && !key.startsWith('mlflow.'));
  const deleted = of.lifecycle_stage === 'deleted';
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ['experiment', of.experiment_id] }), queries.invalidateQueries({ queryKey: ['experiments'] })]);
  const setTag = (key: string, value: string) => post('/api/2.0/mlflow/experiments/set-experiment-tag', { experiment_id: of.experiment_id, key, value });
  const restore = useMutation({ mutationFn: () => post('/api/2.0/mlflow/experiments/restore', { experiment_id: of.experiment_id }), onSuccess: refresh });
  const long = note.length > 160 || note.includes('\n');

  return (
    <header className="runs-head">
      <Crumb />
      <div className="row">
        <h1>{of.name}</h1>
        {deleted && <span className="pill bad">Deleted</span>}
        <States ids={[of.experiment_id]} />
        {may && (
          <Menu
            square
            title="Actions for this experiment"
            label={<Icon name="more" />}
            items={[
              { label: note === '' ? 'Describe it' : 'Edit the description', onSelect: () => setAsked('description') },
              { label: 'Tags', onSelect: () => setAsked('tags') },
              { label: 'Rename', onSelect: () => setAsked('rename') },
              deleted ? { label: 'Bring back', onSelect: () => restore.mutate() } : { label: 'Delete', danger: true, onSelect: () => setAsked('delete') },
            ]}
          />
        )}
        {tags.length > 0 && (
          <ul role="list" className="row runs-head-tags" aria-label="Tags">
            {tags.slice(0, 12).map(({ key, value }) => (
              <li key={key} className="tag" title={`${key}: ${value}`}>
                <span>{key}</span>
                <span>{value}</span>
              </li>
            ))}
            {tags.length > 12 && <li className="muted">and {tags.length - 12} more</li>}
          </ul>
        )}
      </div>
      {note !== '' && (
        <div className={all ? 'runs-head-note all' : 'runs-head-note'}>
          <Suspense fallback={<p>{note.slice(0, 200)}</p>}>
            <Markdown text={note} />
          </Suspense>
          {long && (
            <Button look="plain" aria-expanded={all} onClick={() => setAll(!all)}>
              {all ? 'Less' : 'More'}
            </Button>
          )}
        </div>
      )}
      {asked === 'rename' && (
        <NameDialog
          title={`Rename '${of.name}'`}
          action="Rename"
          name={of.name}
          onClose={() => setAsked(null)}
          save={(name) => post('/api/2.0/mlflow/experiments/update', { experiment_id: of.experiment_id, new_name: name })}
          saved={refresh}
        />
      )}
      {asked === 'delete' && (
        <DeleteDialog
          of={of}
          onClose={() => setAsked(null)}
          done={async () => {
            await refresh();
            await navigate({ to: '/experiments' });
          }}
        />
      )}
      {asked === 'description' && <NoteDialog text={note} onClose={() => setAsked(null)} save={(text) => setTag(noteTag, text)} saved={refresh} />}
      {asked === 'tags' && (
        <TagsDialog
          title={`Tags of '${of.name}'`}
          tags={tags.map(({ key, value }) => ({ key: key ?? '', value: value ?? '' }))}
          onClose={() => setAsked(null)}
          save={async (set, removed) => {
            for (const { key, value } of set) await setTag(key, value);
            for (const key of removed) await post('/api/2.0/mlflow/experiments/delete-experiment-tag', { experiment_id: of.experiment_id, key });
          }}
          saved={refresh}
        />
      )}
    </header>
  );
}

function NoteDialog({ text, onClose, save, saved }: { text: string; onClose: () => void; save: (text: string) => Promise<unknown>; saved: () => Promise<unknown> }) {
  const [written, setWritten] = useState(text);
  const saving = useMutation({
    mutationFn: () => save(written),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast('The description is saved.');
      return saved();
    },
  });
  return (
    <Dialog
      wide
      title="Description"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={written === text || saving.isPending} onClick={() => saving.mutate()}>
            Save
          </Button>
        </>
      }
    >
      <div className="runs-head-write">
        <TextField label="Markdown" rows={14} autoFocus value={written} maxLength={5000} onChange={(event) => setWritten(event.target.value)} wrong={saving.error?.message} hint="What is tried here, with which data, what would count as good." />
        <div className="field">
          <span>As it is shown</span>
          <Suspense>
            <Markdown text={written} />
          </Suspense>
        </div>
      </div>
    </Dialog>
  );
}
