import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { remove } from '../api/client';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Chooser, type Choice } from '../ui/Chooser';
import { Icon } from '../ui/Icon';
import { Shown } from '../ui/States';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { explainQuery, rolesQuery, type HeldRole } from './access';
import { GiveRole } from './Additions';
import { findMembers } from './choices';
import { Explainer } from './Explainer';
import { GrantsCard } from './GrantsCard';
import { People } from './Needs';
import { OwnRoles } from './OwnRoles';
import { roles } from './words';

/** Who is what in this workspace, what differs for single experiments, and why somebody can see something. */
export function RolesPage() {
  const me = useQuery(meQuery).data;
  const may = useMay();
  const { experiment } = useSearch({ from: '/settings/roles' });
  return (
    <People what="are no roles">
      <header className="page-head">
        <div>
          <h1>Roles and grants</h1>
          <p className="settings-lead">In the workspace {me?.workspace}. Roles are about everything in it, grants and denials about one thing.</p>
        </div>
      </header>
      <Explainer />
      {may('ManageMembers') && <HeldRoles />}
      {may('ManageMembers') && me?.workspace && <OwnRoles workspace={me.workspace} />}
      {may('ManageMembers') ? <GrantsCard /> : experiment !== undefined && me?.name && <OwnGrants name={me.name} experiment={experiment} />}
      <Meaning />
    </People>
  );
}

/** Who manages one experiment and nothing else says who may do what with that one. */
function OwnGrants({ name, experiment }: { name: string; experiment: string }) {
  const answer = useQuery(explainQuery(name, experiment)).data;
  return answer?.rights?.includes('ManageExperiments') ? <GrantsCard experiment={experiment} /> : null;
}

const findAnybody = findMembers(['person', 'service', 'group']);

function HeldRoles() {
  const held = useQuery(rolesQuery);
  const queries = useQueryClient();
  const [who, setWho] = useState<Choice | null>(null);
  const taking = useMutation({
    mutationFn: ({ name, role }: HeldRole) => remove('/api/slipway/v1/access/roles', { query: { name, role } }),
    onSuccess: () => Promise.all([['roles'], ['members'], ['explain']].map((queryKey) => queries.invalidateQueries({ queryKey }))),
  });
  const columns: readonly TableColumn<HeldRole>[] = [
    {
      name: 'Who',
      width: 'minmax(8rem, 1fr)',
      cell: (one) => (
        <>
          {one.kind === 'group' ? (
            <Link to="/settings/groups/$name" params={{ name: one.name }}>
              {one.name}
            </Link>
          ) : (
            <Link to="/settings/members/$name" params={{ name: one.name }}>
              {one.name}
            </Link>
          )}{' '}
          {one.kind !== 'person' && <span className="pill">{one.kind}</span>}
        </>
      ),
    },
    { name: 'Role', width: 'minmax(5rem, 8rem)', cell: (one) => one.role },
    { name: 'What it is for', width: 'minmax(8rem, 2fr)', cell: (one) => <span className="muted">{roles.find((role) => role.name === one.role)?.what}</span> },
    {
      name: 'Take',
      silent: true,
      width: '3.5rem',
      cell: (one) => (
        <Button look="plain" square aria-label={`Take the role ${one.role} from ${one.name}`} title="Take the role" onClick={() => taking.mutate(one)}>
          <Icon name="close" />
        </Button>
      ),
    },
  ];
  return (
    <section className="card stack" aria-labelledby="held">
      <h2 id="held">Who has which role</h2>
      <Shown of={held}>
        {(found) =>
          found.length === 0 ? (
            <p className="muted">Nobody has a role here yet: only administrators of the installation see anything.</p>
          ) : (
            <VirtualTable label="Roles" columns={columns} rows={found} rowKey={(one) => `${one.name}/${one.role}`} />
          )
        }
      </Shown>
      <div className="settings-two">
        <Chooser label="Give a role to" placeholder="Name of a member or group" chosen={who} of="anybody" find={findAnybody} onChoose={setWho} />
        {who && <GiveRole key={who.id} name={who.id} />}
      </div>
    </section>
  );
}

function Meaning() {
  return (
    <details className="card">
      <summary>What each role may do</summary>
      <div className="scroll-x">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Role</th>
              <th scope="col">What it is for</th>
            </tr>
          </thead>
          <tbody>
            {roles.map((role) => (
              <tr key={role.name}>
                <th scope="row">{role.name}</th>
                <td>{role.what}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">Administrator</th>
              <td>of the installation: does everything in every workspace; no denial binds</td>
            </tr>
          </tbody>
        </table>
      </div>
    </details>
  );
}
