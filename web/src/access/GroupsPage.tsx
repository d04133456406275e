import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { membersQuery, useRolesByName, type Member } from './access';
import { Needs, People } from './Needs';
import { NewMember } from './NewMember';

/** Every group. */
export function GroupsPage() {
  return (
    <People what="are no groups">
      <Needs right="ManageMembers">
        <Groups />
      </Needs>
    </People>
  );
}

function Groups() {
  const may = useMay();
  const [making, setMaking] = useState(false);
  const pages = useInfiniteQuery(membersQuery('', 'group'));
  const rolesOf = useRolesByName();
  const groups = useMemo(() => pages.data?.pages.flat() ?? [], [pages.data]);
  const columns: readonly TableColumn<Member>[] = [
    {
      name: 'Name',
      width: 'minmax(9rem, 2fr)',
      cell: (one) => (
        <>
          <Link to="/settings/groups/$name" params={{ name: one.name }}>
            {one.name}
          </Link>{' '}
          {one.display_name !== one.name && <span className="muted">{one.display_name}</span>}
        </>
      ),
    },
    {
      name: 'Roles here',
      width: 'minmax(8rem, 2fr)',
      cell: (one) => (
        <span className="row">
          {rolesOf.get(one.name)?.map((role) => (
            <span key={role} className="pill">
              {role}
            </span>
          ))}
        </span>
      ),
    },
    { name: 'Since', width: '7.5rem', cell: (one) => <Time at={one.created_ms} /> },
  ];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Groups</h1>
          <p className="settings-lead">What a group may do, each of its members may. A role or grant that a team shares is best given to its group.</p>
        </div>
        {may('Administer') && (
          <Button look="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" /> New group
          </Button>
        )}
      </header>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={4} height="2rem" />}
      {pages.data && groups.length === 0 && (
        <Empty title="No group yet">
          <p>A group holds people and service accounts that may do the same.</p>
        </Empty>
      )}
      {groups.length > 0 && (
        <div className="card">
          <VirtualTable label="Groups" columns={columns} rows={groups} rowKey={(one) => one.name} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
      {making && <NewMember kind="group" onClose={() => setMaking(false)} />}
    </>
  );
}
