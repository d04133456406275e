import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { patch, remove } from '../api/client';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { explainQuery, memberQuery, type Member } from './access';
import { AddToGroup, GiveRole } from './Additions';
import { FormDialog } from './FormDialog';
import { NamesDialog } from './NamesDialog';
import { Needs, People } from './Needs';
import { PasswordDialog } from './PasswordDialog';
import { Why } from './Why';
import { kinds } from './words';

/** One person or service account: groups, roles, what they come to, and what an administrator can do about it. */
export function MemberPage() {
  const { name } = useParams({ from: '/settings/members/$name' });
  return (
    <People what="are no members">
      <Needs right="ManageMembers">
        <One name={name} />
      </Needs>
    </People>
  );
}

function One({ name }: { name: string }) {
  const member = useQuery(memberQuery(name));
  const why = useQuery(explainQuery(name));
  return (
    <>
      <Link to="/settings/members">Members</Link>
      <Shown of={member}>
        {(one) => (
          <>
            <Head of={one} />
            <div className="grid">
              <Groups of={one} />
              <Roles of={one} />
            </div>
            <section className="card stack" aria-labelledby="may">
              <h2 id="may">In this workspace</h2>
              <Shown of={why}>{(answer) => <Why subject={one.name} rights={answer.rights ?? []} reasons={answer.reasons ?? []} />}</Shown>
              <p className="muted">
                Single experiments may differ: <Link to="/settings/roles" search={{ who: one.name }}>ask about one</Link>.
              </p>
            </section>
          </>
        )}
      </Shown>
    </>
  );
}

function Head({ of }: { of: Member }) {
  const me = useQuery(meQuery).data;
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<'names' | 'password' | 'remove' | null>(null);
  const refresh = () => Promise.all([queries.invalidateQueries({ queryKey: ['members'] }), queries.invalidateQueries({ queryKey: ['explain'] })]);
  const changing = useMutation({
    mutationFn: (change: { administrator?: boolean; disabled?: boolean }) => patch('/api/slipway/v1/access/members/{name}', change, { path: { name: of.name } }),
    onSuccess: refresh,
  });
  const own = me?.name === of.name;
  return (
    <header className="page-head">
      <div>
        <h1>{of.name}</h1>
        <p className="row muted">
          {of.disabled && <span className="pill bad">Disabled</span>}
          {of.administrator && <span className="pill live">Administrator of the installation</span>}
          <span>{[kinds[of.kind], of.display_name !== of.name && of.display_name, of.email].filter(Boolean).join(', ')}</span>
          <span>
            since <Time at={of.created_ms} />
          </span>
        </p>
      </div>
      {may('Administer') && (
        <div className="row">
          {of.kind === 'person' && <Button onClick={() => setDialog('password')}>Set password</Button>}
          {of.kind === 'service' && (
            <Link className="button" to="/settings/tokens" search={{ make: of.name }}>
              New token
            </Link>
          )}
          <Menu
            title={`Actions for ${of.name}`}
            label={<Icon name="more" />}
            square
            items={[
              { label: 'Change name and address', onSelect: () => setDialog('names') },
              { label: of.administrator ? 'Take administration of the installation' : 'Make administrator of the installation', onSelect: () => changing.mutate({ administrator: !of.administrator }) },
              { label: of.disabled ? 'Enable' : 'Disable', onSelect: () => changing.mutate({ disabled: !of.disabled }), disabled: own },
              { label: 'Personal data', onSelect: () => void navigate({ to: '/settings/personal-data', search: { name: of.name } }) },
              { label: 'What they did', onSelect: () => void navigate({ to: '/settings/audit', search: { actor: of.name } }) },
              { label: 'Remove', danger: true, onSelect: () => setDialog('remove'), disabled: own },
            ]}
          />
        </div>
      )}
      {dialog === 'names' && <NamesDialog of={of} onClose={() => setDialog(null)} />}
      {dialog === 'password' && <PasswordDialog name={of.name} own={own} onClose={() => setDialog(null)} />}
      {dialog === 'remove' && <RemoveDialog name={of.name} to="/settings/members" onClose={() => setDialog(null)} />}
    </header>
  );
}

/** Asks before a member or group goes. */
export function RemoveDialog({ name, to, onClose }: { name: string; to: '/settings/members' | '/settings/groups'; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const removing = useMutation({
    mutationFn: () => remove('/api/slipway/v1/access/members/{name}', { path: { name } }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`'${name}' is removed.`);
      await navigate({ to });
      queries.removeQueries({ queryKey: ['members', 'one', name] });
      await queries.invalidateQueries({ queryKey: ['members'] });
    },
  });
  return (
    <FormDialog title={`Remove '${name}'?`} action="Remove" danger ready busy={removing.isPending} wrong={removing.error} onSubmit={() => removing.mutate()} onClose={onClose}>
      <p>Its credentials, memberships, roles and grants go at once, and do not come back. Runs and the event log stay and still say who did what.</p>
      {to === '/settings/members' && <p className="muted">To shut somebody out for a while, disable the account instead. To erase the name from the record too, go to Personal data.</p>}
    </FormDialog>
  );
}

function Groups({ of }: { of: Member }) {
  const may = useMay();
  const queries = useQueryClient();
  const leaving = useMutation({
    mutationFn: (group: string) => remove('/api/slipway/v1/access/groups/{group}/members/{name}', { path: { group, name: of.name } }),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['members'] }), queries.invalidateQueries({ queryKey: ['explain'] })]),
  });
  return (
    <section className="card stack" aria-labelledby="groups">
      <h2 id="groups">Groups</h2>
      {(of.groups ?? []).length === 0 && <p className="muted">In no group.</p>}
      <ul role="list" className="stack">
        {(of.groups ?? []).map((group) => (
          <li key={group} className="row between">
            <Link to="/settings/groups/$name" params={{ name: group }}>
              {group}
            </Link>
            {may('Administer') && (
              <Button look="plain" square aria-label={`Take out of ${group}`} title={`Take out of ${group}`} onClick={() => leaving.mutate(group)}>
                <Icon name="close" />
              </Button>
            )}
          </li>
        ))}
      </ul>
      {may('Administer') && <AddToGroup name={of.name} />}
    </section>
  );
}

/** The roles that a member or group has itself, in every workspace. */
export function Roles({ of }: { of: Member }) {
  const me = useQuery(meQuery).data;
  const queries = useQueryClient();
  const taking = useMutation({
    mutationFn: ({ role, workspace }: { role: string; workspace: string }) => remove('/api/slipway/v1/access/roles', { query: { name: of.name, role, workspace } }),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['members'] }), queries.invalidateQueries({ queryKey: ['roles'] }), queries.invalidateQueries({ queryKey: ['explain'] })]),
  });
  return (
    <section className="card stack" aria-labelledby="roles">
      <h2 id="roles">Own roles</h2>
      {(of.roles ?? []).length === 0 && <p className="muted">No role of its own in any workspace.</p>}
      <ul role="list" className="stack">
        {(of.roles ?? []).map(({ role = '', workspace = '' }) => (
          <li key={`${workspace}/${role}`} className="row between">
            <span>
              {role} <span className="muted">in {workspace}</span>
            </span>
            {(me?.administrator || me?.workspace === workspace) && (
              <Button look="plain" square aria-label={`Take the role ${role} in ${workspace}`} title="Take the role" onClick={() => taking.mutate({ role, workspace })}>
                <Icon name="close" />
              </Button>
            )}
          </li>
        ))}
      </ul>
      <GiveRole name={of.name} />
    </section>
  );
}
