import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { remove } from '../api/client';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Shown } from '../ui/States';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { groupQuery, memberQuery, type Member } from './access';
import { AddMember } from './Additions';
import { RemoveDialog, Roles } from './MemberPage';
import { Needs, People } from './Needs';
import { kinds } from './words';

/** One group: who is in it, and its roles. */
export function GroupPage() {
  const { name } = useParams({ from: '/settings/groups/$name' });
  return (
    <People what="are no groups">
      <Needs right="ManageMembers">
        <One name={name} />
      </Needs>
    </People>
  );
}

function One({ name }: { name: string }) {
  const may = useMay();
  const group = useQuery(memberQuery(name));
  const [removing, setRemoving] = useState(false);
  return (
    <>
      <Link to="/settings/groups">Groups</Link>
      <Shown of={group}>
        {(one) => (
          <>
            <header className="page-head">
              <div>
                <h1>{one.name}</h1>
                <p className="muted">Group{one.display_name !== one.name && `, ${one.display_name}`}</p>
              </div>
              {may('Administer') && (
                <Button look="danger" onClick={() => setRemoving(true)}>
                  Remove
                </Button>
              )}
            </header>
            <div className="grid">
              <InGroup group={name} />
              <Roles of={one} />
            </div>
          </>
        )}
      </Shown>
      {removing && <RemoveDialog name={name} to="/settings/groups" onClose={() => setRemoving(false)} />}
    </>
  );
}

function InGroup({ group }: { group: string }) {
  const may = useMay();
  const queries = useQueryClient();
  const members = useInfiniteQuery(groupQuery(group));
  const more = () => members.hasNextPage && !members.isFetching && void members.fetchNextPage();
  const leaving = useMutation({
    mutationFn: (name: string) => remove('/api/slipway/v1/access/groups/{group}/members/{name}', { path: { group, name } }),
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['members'] }), queries.invalidateQueries({ queryKey: ['explain'] })]),
  });
  const columns: readonly TableColumn<Member>[] = [
    {
      name: 'Name',
      width: 'minmax(6rem, 1fr)',
      cell: (one) => (
        <Link to="/settings/members/$name" params={{ name: one.name }}>
          {one.name}
        </Link>
      ),
    },
    { name: 'Kind', width: '8.5rem', cell: (one) => <>{one.disabled ? <span className="pill bad">Disabled</span> : kinds[one.kind]}</> },
    {
      name: 'Take out',
      silent: true,
      width: '3.5rem',
      cell: (one) =>
        may('Administer') && (
          <Button look="plain" square aria-label={`Take ${one.name} out`} title="Take out of the group" onClick={() => leaving.mutate(one.name)}>
            <Icon name="close" />
          </Button>
        ),
    },
  ];
  return (
    <section className="card stack" aria-labelledby="members">
      <h2 id="members">Members</h2>
      <Shown of={members}>
        {({ pages }) =>
          pages[0]?.length === 0 ? <p className="muted">Nobody is in it yet.</p> : <VirtualTable label={`Members of ${group}`} columns={columns} rows={pages.flat()} rowKey={(one) => one.name} onEnd={more} />
        }
      </Shown>
      {may('Administer') && <AddMember group={group} />}
    </section>
  );
}
