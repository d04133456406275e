import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { put } from '../api/client';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { Chooser } from '../ui/Chooser';
import { workspacesQuery } from './access';
import { findMembers } from './choices';
import { roles } from './words';

function useRefresh(): () => Promise<unknown> {
  const queries = useQueryClient();
  return () => Promise.all([['members'], ['roles'], ['explain']].map((queryKey) => queries.invalidateQueries({ queryKey })));
}

const findGroups = findMembers(['group']);
const findAccounts = findMembers(['person', 'service']);

/** Puts a member into a group that is found by its name. */
export function AddToGroup({ name }: { name: string }) {
  const refresh = useRefresh();
  const adding = useMutation({ mutationFn: (group: string) => put('/api/slipway/v1/access/groups/{group}/members/{name}', {}, { path: { group, name } }), onSuccess: refresh });
  return <Chooser label="Add to a group" placeholder="Name of a group" chosen={null} of="groups" find={findGroups} onChoose={(choice) => choice && adding.mutate(choice.id)} />;
}

/** Puts somebody who is found by name into a group. */
export function AddMember({ group }: { group: string }) {
  const refresh = useRefresh();
  const adding = useMutation({ mutationFn: (name: string) => put('/api/slipway/v1/access/groups/{group}/members/{name}', {}, { path: { group, name } }), onSuccess: refresh });
  return <Chooser label="Add a member" placeholder="Name of a person or service account" chosen={null} of="accounts" find={findAccounts} onChoose={(choice) => choice && adding.mutate(choice.id)} />;
}

/** Gives a role in this workspace; administrators may in any. */
export function GiveRole({ name }: { name: string }) {
  const me = useQuery(meQuery).data;
  const workspaces = useQuery(workspacesQuery).data?.filter((one) => !one.deleted) ?? [];
  const [role, setRole] = useState('');
  const [workspace, setWorkspace] = useState<string>();
  const refresh = useRefresh();
  const giving = useMutation({
    mutationFn: () => put('/api/slipway/v1/access/roles', { name, role, ...(workspace && { workspace }) }),
    onSuccess: () => {
      setRole('');
      return refresh();
    },
  });
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        giving.mutate();
      }}
    >
      <select className="input settings-fill" aria-label="Role" value={role} onChange={(event) => setRole(event.target.value)}>
        <option value="">Give a role...</option>
        {roles.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}: {one.what}
          </option>
        ))}
      </select>
      {me?.administrator && workspaces.length > 1 && (
        <select className="input" aria-label="Workspace" value={workspace ?? me.workspace} onChange={(event) => setWorkspace(event.target.value)}>
          {workspaces.map((one) => (
            <option key={one.name} value={one.name}>
              in {one.name}
            </option>
          ))}
        </select>
      )}
      <Button type="submit" disabled={role === '' || giving.isPending}>
        Give
      </Button>
    </form>
  );
}
