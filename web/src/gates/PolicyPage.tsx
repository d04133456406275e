import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { Needs } from '../access/Needs';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Loading, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { Attachments } from './Attachments';
import { DryRun } from './DryRun';
import { deletePolicy, policyQuery, type Policy } from './policies';
import { Checks } from './PolicyForm';
import { PolicyVersions } from './PolicyVersions';
import './policies.css';

const EditPolicy = lazy(async () => ({ default: (await import('./EditPolicy')).EditPolicy }));
const PolicyEditor = lazy(() => import('../registry/PolicyEditor'));

/** One policy: its text and versions, where it counts, and how a version would do. */
export function PolicyPage() {
  const { name } = useParams({ from: '/settings/policies/$name' });
  const { version } = useSearch({ from: '/settings/policies/$name' });
  const policy = useQuery(policyQuery(name, version));
  return (
    <Needs right="ReadModels">
      <Shown of={policy} loading={<Loading lines={8} />}>
        {(found) => <One key={found.version} of={found} />}
      </Shown>
    </Needs>
  );
}

function One({ of }: { of: Policy }) {
  const may = useMay()('ManageModels');
  const { edit } = useSearch({ from: '/settings/policies/$name' });
  const navigate = useNavigate({ from: '/settings/policies/$name' });
  const [deleting, setDeleting] = useState(false);
  const newest = of.newest_version ?? of.version;
  const old = of.version !== newest;
  const editing = edit === true && may && !old;
  const setEdit = (on: boolean) => void navigate({ search: (before) => ({ ...before, edit: on || undefined }), replace: !on });
  return (
    <>
      <header className="page-head">
        <div>
          <nav aria-label="Above this page" className="policies-crumb">
            <Link to="/settings/policies">Policies</Link>
          </nav>
          <div className="row">
            <h1>{of.name}</h1>
            <span className={old ? 'pill warn' : 'pill'}>
              version {of.version}
              {old && ` of ${newest}`}
            </span>
          </div>
          {of.description && <p className="settings-lead">{of.description}</p>}
        </div>
        {may && !editing && (
          <div className="row">
            {old ? (
              <Button onClick={() => void navigate({ search: {} })}>The newest version</Button>
            ) : (
              <>
                <Button look="primary" onClick={() => setEdit(true)}>
                  Edit
                </Button>
                <Button look="danger" onClick={() => setDeleting(true)}>
                  Delete
                </Button>
              </>
            )}
          </div>
        )}
      </header>
      {editing ? (
        <Suspense fallback={<Loading lines={8} />}>
          <EditPolicy of={of} onClose={() => setEdit(false)} />
        </Suspense>
      ) : (
        <section className="card stack" aria-label="The policy">
          <div className="policies-form">
            <Suspense fallback={<Loading lines={8} />}>
              <PolicyEditor value={of.yaml ?? ''} readOnly />
            </Suspense>
            <aside className="policies-checks" aria-label="Its checks">
              <h3>What it asks for</h3>
              <Checks of={of.checks ?? []} />
              <Rules of={of} />
            </aside>
          </div>
          <p className="muted policies-made">
            Version {of.version} by {of.made_by} <Time at={of.made_ms} />
            {of.note && `: ${of.note}`}
          </p>
        </section>
      )}
      {!old && <Attachments of={of} may={may} />}
      {!old && <DryRun of={of} />}
      <PolicyVersions of={of} />
      {deleting && <Delete name={of.name} attached={(of.attachments ?? []).length} onClose={() => setDeleting(false)} />}
    </>
  );
}

/** What the policy says beside its checks. */
function Rules({ of }: { of: Policy }) {
  return (
    <dl className="facts policies-rules">
      <dt>Going back</dt>
      <dd>{of.rollback === 'gated' ? 'through these checks too' : 'free'}</dd>
      <dt>When all is met</dt>
      <dd>{of.auto ? 'the move is made at once' : 'who asked makes the move'}</dd>
      {of.waivers && (
        <>
          <dt>Waivers by</dt>
          <dd>{of.waivers}</dd>
        </>
      )}
      {of.expire_days !== undefined && (
        <>
          <dt>Requests live</dt>
          <dd>{of.expire_days} days</dd>
        </>
      )}
    </dl>
  );
}

function Delete({ name, attached, onClose }: { name: string; attached: number; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const deleting = useMutation({
    mutationFn: () => deletePolicy(name),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`'${name}' is deleted.`);
      await navigate({ to: '/settings/policies' });
      queries.removeQueries({ queryKey: ['policies', 'one', name] });
      await queries.invalidateQueries({ queryKey: ['policies'] });
    },
  });
  return (
    <FormDialog title={`Delete '${name}'?`} action="Delete" danger ready busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>{attached > 0 ? 'It is attached: detach it first, so that nobody loses a gate unseen.' : 'Evaluations that were recorded with it stay. This cannot be taken back.'}</p>
    </FormDialog>
  );
}
