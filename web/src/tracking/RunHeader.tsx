import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { duration } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { toast } from '../ui/Toasts';
import { copy, Time } from '../ui/Value';
import { experiment } from './experiments';
import { isLive, type Run } from './runs';
import { Status } from './Status';

const Register = lazy(async () => ({ default: (await import('../registry/RegisterDialog')).RegisterDialog }));

/** Which run this is, how it stands, and what can be done with all of it. */
export function RunHeader({ run, id }: { run: Run; id: string }) {
  const [dialog, setDialog] = useState<'rename' | 'delete' | 'register' | null>(null);
  const queries = useQueryClient();
  const mayModels = useMay()('WriteModels');
  const may = useMay()('WriteExperiments');
  const info = run.info ?? {};
  const of = useQuery({ ...experiment(info.experiment_id ?? ''), enabled: info.experiment_id !== undefined });
  const refresh = () => queries.invalidateQueries({ queryKey: ['run', id] });
  const restore = useMutation({
    mutationFn: () => post('/api/2.0/mlflow/runs/restore', { run_id: id }),
    onSuccess: () => {
      toast('The run is back.');
      return refresh();
    },
  });
  const deleted = info.lifecycle_stage === 'deleted';
  return (
    <>
      <header className="page-head">
        <div>
          <nav aria-label="Place" className="run-place">
            <Link to="/experiments/$ids" params={{ ids: info.experiment_id ?? '' }}>
              {of.data?.name ?? `Experiment ${info.experiment_id}`}
            </Link>
          </nav>
          <h1>{info.run_name || id}</h1>
          <div className="row muted run-facts">
            <Status of={info.status} />
            <Lasting from={info.start_time} to={info.end_time} live={isLive(run)} />
            <span>
              started <Time at={info.start_time} />
            </span>
            {info.user_id && <span>by {info.user_id}</span>}
          </div>
        </div>
        <span className="row">
          <Link className="button" to="/lineage" search={{ of: `run/${id}` }} title="Which data it read, and what came of it">
            <Icon name="lineage" /> Lineage
          </Link>
          <Button onClick={() => void copy(id)} title={id}>
            <Icon name="copy" /> Copy id
          </Button>
          {mayModels && !deleted && (
            <Button onClick={() => setDialog('register')} title="Make a version of a registered model of it">
              <Icon name="box" /> Register
            </Button>
          )}
          {may && (
            <Menu
              label={<Icon name="more" />}
              title="More"
              square
              items={[
                { label: 'Rename', onSelect: () => setDialog('rename') },
                deleted ? { label: 'Restore', onSelect: () => restore.mutate() } : { label: 'Delete', danger: true, onSelect: () => setDialog('delete') },
              ]}
            />
          )}
        </span>
      </header>
      {deleted && (
        <div className="run-deleted row between" role="status">
          <span>This run is deleted. It can be brought back until it is collected.</span>
          {may && (
            <Button onClick={() => restore.mutate()} disabled={restore.isPending}>
              Restore
            </Button>
          )}
        </div>
      )}
      {dialog === 'register' && (
        <Suspense>
          <Register run={run} id={id} onClose={() => setDialog(null)} />
        </Suspense>
      )}
      {dialog === 'rename' && <Rename id={id} name={info.run_name ?? ''} onClose={() => setDialog(null)} done={refresh} />}
      {dialog === 'delete' && <Delete id={id} name={info.run_name ?? id} onClose={() => setDialog(null)} done={refresh} />}
    </>
  );
}

/** How long a run took, or takes: a live one ticks. */
function Lasting({ from, to, live }: { from: number | undefined; to: number | undefined; live: boolean }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!live) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [live]);
  if (!from || (!live && !to)) return null;
  const ms = Math.max(0, (live ? Math.max(now, from) : to!) - from);
  return <span className="run-lasting">{duration(live ? Math.floor(ms / 1000) * 1000 : ms).replace(/\.0 s$/, ' s')}</span>;
}

function Rename({ id, name, onClose, done }: { id: string; name: string; onClose: () => void; done: () => Promise<unknown> }) {
  const [text, setText] = useState(name);
  const changed = text.trim() !== '' && text.trim() !== name;
  const saving = useMutation({
    mutationFn: () => post('/api/2.0/mlflow/runs/update', { run_id: id, run_name: text.trim() }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      return done();
    },
  });
  return (
    <Dialog
      title="Rename the run"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={!changed || saving.isPending} onClick={() => saving.mutate()}>
            Rename
          </Button>
        </>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (changed) saving.mutate();
        }}
      >
        <Field label="Name" value={text} autoFocus onChange={(event) => setText(event.target.value)} wrong={saving.error?.message} hint="Its id stays the same." />
      </form>
    </Dialog>
  );
}

function Delete({ id, name, onClose, done }: { id: string; name: string; onClose: () => void; done: () => Promise<unknown> }) {
  const deleting = useMutation({
    mutationFn: () => post('/api/2.0/mlflow/runs/delete', { run_id: id }),
    onSuccess: () => {
      onClose();
      toast(`'${name}' is deleted. It can be brought back.`);
      return done();
    },
  });
  return (
    <Dialog
      title={`Delete '${name}'?`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="danger" autoFocus disabled={deleting.isPending} onClick={() => deleting.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <p>
        Its metrics, files and notes stay until <code>slipway gc</code> collects it.
      </p>
    </Dialog>
  );
}
