import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
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
import { kinds } from './words';

/** What the address says about the list. */
export interface MembersSearch {
  q?: string | undefined;
  kind?: 'person' | 'service' | undefined;
}

/** Everybody with an account: people and service accounts. */
export function MembersPage() {
  return (
    <People what="are no members">
      <Needs right="ManageMembers">
        <Members />
      </Needs>
    </People>
  );
}

function Members() {
  const { q = '', kind } = useSearch({ from: '/settings/members' });
  const navigate = useNavigate({ from: '/settings/members' });
  const may = useMay();
  const [making, setMaking] = useState<'person' | 'service' | null>(null);
  const pages = useInfiniteQuery(membersQuery(q, kind));
  const rolesOf = useRolesByName();
  const members = useMemo(() => pages.data?.pages.flat().filter((one) => one.kind !== 'group') ?? [], [pages.data]);
  const columns: readonly TableColumn<Member>[] = [
    {
      name: 'Name',
      width: 'minmax(9rem, 2fr)',
      cell: (one) => (
        <>
          <Link to="/settings/members/$name" params={{ name: one.name }}>
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
          {one.disabled && <span className="pill bad">Disabled</span>}
          {one.administrator && <span className="pill live">Administrator</span>}
          {rolesOf.get(one.name)?.map((role) => (
            <span key={role} className="pill">
              {role}
            </span>
          ))}
        </span>
      ),
    },
    { name: 'Kind', width: '8.5rem', cell: (one) => kinds[one.kind] },
    { name: 'Signs in by', width: '7.5rem', cell: (one) => (one.kind === 'service' ? 'token' : one.signs_in_by.join(', ') || <span className="muted">nothing</span>) },
    { name: 'Since', width: '7.5rem', cell: (one) => <Time at={one.created_ms} /> },
  ];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Members</h1>
          <p className="settings-lead">Who has an account in this installation, and the roles that each has itself in this workspace. Groups give roles too.</p>
        </div>
        {may('Administer') && (
          <div className="row">
            <Button onClick={() => setMaking('service')}>New service account</Button>
            <Button look="primary" onClick={() => setMaking('person')}>
              <Icon name="plus" /> New person
            </Button>
          </div>
        )}
      </header>
      <div className="row">
        <input
          className="input grow"
          type="search"
          aria-label="Find by name or address"
          placeholder="Find by name or address"
          maxLength={200}
          value={q}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true })}
        />
        <select className="input" aria-label="Kind" value={kind ?? ''} onChange={(event) => void navigate({ search: (before) => ({ ...before, kind: (event.target.value || undefined) as MembersSearch['kind'] }) })}>
          <option value="">People and service accounts</option>
          <option value="person">People</option>
          <option value="service">Service accounts</option>
        </select>
      </div>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={8} height="2rem" />}
      {pages.data && members.length === 0 && !pages.hasNextPage && (
        <Empty title="Nobody fits">
          <p>{q === '' ? 'Make the first one above.' : 'No name and no address holds this text.'}</p>
        </Empty>
      )}
      {members.length > 0 && (
        <div className="card">
          <VirtualTable label="Members" columns={columns} rows={members} rowKey={(one) => one.name} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
      {making && <NewMember kind={making} onClose={() => setMaking(null)} />}
    </>
  );
}
