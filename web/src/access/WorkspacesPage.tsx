import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { chooseWorkspace, post, remove } from '../api/client';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { workspacesQuery, type Workspace } from './access';
import { FormDialog } from './FormDialog';
import { Usage } from './Usage';
import { WorkspaceDialog } from './WorkspaceDialog';

type Doing = { kind: 'make' } | { kind: 'change' | 'delete'; of: Workspace };

/** More cards than this help nobody; the rest is found by name. */
const shownMax = 100;

/** Workspaces: what is in one is seen from no other. */
export function WorkspacesPage() {
  const workspaces = useQuery({ ...workspacesQuery, staleTime: 0 });
  const may = useMay();
  const [text, setText] = useState('');
  const [doing, setDoing] = useState<Doing | null>(null);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Workspaces</h1>
          <p className="settings-lead">A workspace holds experiments, models, roles and secrets of its own, names included. Programs name it by the header X-MLFLOW-WORKSPACE, or MLFLOW_WORKSPACE.</p>
        </div>
        {may('Administer') && (
          <Button look="primary" onClick={() => setDoing({ kind: 'make' })}>
            <Icon name="plus" /> New workspace
          </Button>
        )}
      </header>
      <Shown of={workspaces}>
        {(all) => {
          const found = all.filter((one) => one.name.includes(text) || (one.description ?? '').toLowerCase().includes(text));
          return (
            <>
              {all.length > 12 && <input className="input" type="search" aria-label="Find by name" placeholder="Find by name" value={text} onChange={(event) => setText(event.target.value.toLowerCase())} />}
              <ul role="list" className="grid">
                {found.slice(0, shownMax).map((one) => (
                  <li key={one.name}>
                    <Card of={one} change={() => setDoing({ kind: 'change', of: one })} remove={() => setDoing({ kind: 'delete', of: one })} />
                  </li>
                ))}
              </ul>
              {found.length > shownMax && <p className="muted">{count(found.length - shownMax)} more: find them by name.</p>}
            </>
          );
        }}
      </Shown>
      {(doing?.kind === 'make' || doing?.kind === 'change') && <WorkspaceDialog of={doing.kind === 'change' ? doing.of : null} onClose={() => setDoing(null)} />}
      {doing?.kind === 'delete' && <Delete of={doing.of} onClose={() => setDoing(null)} />}
    </>
  );
}

function Card({ of, change, remove: ask }: { of: Workspace; change: () => void; remove: () => void }) {
  const me = useQuery(meQuery).data;
  const may = useMay();
  const queries = useQueryClient();
  const restoring = useMutation({
    mutationFn: () => post('/api/slipway/v1/workspaces/{name}/restore', {}, { path: { name: of.name } }),
    onSuccess: () => {
      toast(`'${of.name}' is back.`);
      return queries.invalidateQueries({ queryKey: ['workspaces'] });
    },
  });
  const here = me?.workspace === of.name;
  return (
    <section className="card stack settings-workspace" aria-label={of.name}>
      <div className="row between">
        <h2 className="row">
          {of.name} {here && <span className="pill live">You are here</span>}
          {of.deleted && <span className="pill bad">Deleted</span>}
        </h2>
        {may('Administer') && !of.deleted && (
          <Menu
            square
            title={`Actions for ${of.name}`}
            label={<Icon name="more" />}
            items={[{ label: 'Change', onSelect: change }, of.name !== 'default' && { label: 'Delete', danger: true, onSelect: ask }]}
          />
        )}
      </div>
      {of.description && <p className="muted">{of.description}</p>}
      {of.quota?.bytes !== undefined && <Usage label="Artifacts" used={of.used?.bytes} most={of.quota.bytes} text={bytes} />}
      {of.quota?.runs !== undefined && <Usage label="Runs" used={of.used?.runs} most={of.quota.runs} text={count} />}
      {of.quota?.requests_per_second !== undefined && <p>At most {count(of.quota.requests_per_second)} requests a second</p>}
      {of.encrypt_artifacts && <p>Artifacts are encrypted.</p>}
      {of.mask && <p>Values hidden where the key is {of.mask.map((rule) => rule.keys).join(', ')}.</p>}
      <div className="row">
        {of.deleted ? (
          <Button disabled={restoring.isPending} onClick={() => restoring.mutate()}>
            Bring back
          </Button>
        ) : (
          !here && <Button onClick={() => chooseWorkspace(of.name === 'default' ? null : of.name)}>Go there</Button>
        )}
      </div>
    </section>
  );
}

function Delete({ of, onClose }: { of: Workspace; onClose: () => void }) {
  const me = useQuery(meQuery).data;
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: () => remove('/api/3.0/mlflow/workspaces/{name}', { path: { name: of.name } }),
    meta: { silent: true },
    onSuccess: () => {
      if (me?.workspace === of.name) {
        chooseWorkspace(null);
        return undefined;
      }
      onClose();
      toast(`'${of.name}' is deleted. It can be brought back.`);
      return queries.invalidateQueries({ queryKey: ['workspaces'] });
    },
  });
  return (
    <FormDialog title={`Delete '${of.name}'?`} action="Delete" danger ready busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>Everything in it is out of everybody&apos;s reach at once, programs that log to it included. Nothing is lost: it can be brought back here.</p>
    </FormDialog>
  );
}
