import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { remove } from '../api/client';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { moment } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time, useNow } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import type { Token } from './access';
import { FormDialog } from './FormDialog';
import { People } from './Needs';
import { NewToken } from './NewToken';
import { marks, tokensQuery, until } from './tokens';

/** What the address says: whose tokens, and for whom one is being made. */
export interface TokensSearch {
  all?: boolean | undefined;
  make?: string | undefined;
}

/** Tokens: one's own, and for administrators everybody's. */
export function TokensPage() {
  return (
    <People what="are no tokens: programs reach it without one">
      <Tokens />
    </People>
  );
}

function Tokens() {
  const { all = false, make } = useSearch({ from: '/settings/tokens' });
  const navigate = useNavigate({ from: '/settings/tokens' });
  const may = useMay();
  const me = useQuery(meQuery).data;
  const [revoking, setRevoking] = useState<Token | null>(null);
  const pages = useInfiniteQuery(tokensQuery(all));
  const tokens = useMemo(() => pages.data?.pages.flat() ?? [], [pages.data]);
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Tokens</h1>
          <p className="settings-lead">A program signs in with a token. It may what you may, or less, until it expires or is revoked.</p>
        </div>
        <Button look="primary" onClick={() => void navigate({ search: (before) => ({ ...before, make: me?.name }) })}>
          <Icon name="plus" /> New token
        </Button>
      </header>
      {may('Administer') && (
        <div className="row" role="group" aria-label="Whose">
          <Button aria-pressed={!all} onClick={() => void navigate({ search: {} })}>
            Yours
          </Button>
          <Button aria-pressed={all} onClick={() => void navigate({ search: { all: true } })}>
            Everybody&apos;s
          </Button>
        </div>
      )}
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={5} height="2rem" />}
      {pages.data && tokens.length === 0 && (
        <Empty title="No token yet">
          <p>Make one for each program or machine, so that each can be revoked alone.</p>
        </Empty>
      )}
      {tokens.length > 0 && (
        <div className="card">
          <List tokens={tokens} owners={all} revoke={setRevoking} onEnd={() => pages.hasNextPage && !pages.isFetching && void pages.fetchNextPage()} />
        </div>
      )}
      {make !== undefined && <NewToken owner={make} onClose={() => void navigate({ search: all ? { all } : {}, replace: true })} />}
      {revoking && <Revoke of={revoking} onClose={() => setRevoking(null)} />}
    </>
  );
}

function List({ tokens, owners, revoke, onEnd }: { tokens: readonly Token[]; owners: boolean; revoke: (token: Token) => void; onEnd: () => void }) {
  const now = useNow();
  const columns: readonly TableColumn<Token>[] = [
    {
      name: 'For',
      width: 'minmax(9rem, 2fr)',
      cell: (one) => (
        <span className="row">
          {one.name}
          {marks(one, now).map((mark) => (
            <span key={mark.text} className={`pill ${mark.look}`}>
              {mark.text}
            </span>
          ))}
        </span>
      ),
    },
    ...(owners ? [{ name: 'Owner', width: 'minmax(5rem, 1fr)', cell: (one: Token) => one.owner }] : []),
    { name: 'May', width: 'minmax(6rem, 1.5fr)', cell: (one) => scopeText(one) },
    { name: 'Used', width: '7rem', cell: (one) => <Time at={one.used_ms} /> },
    {
      name: 'Expires',
      width: '7.5rem',
      cell: (one) =>
        one.expires_ms === undefined ? (
          'never'
        ) : (
          <time dateTime={new Date(one.expires_ms).toISOString()} title={moment(one.expires_ms)}>
            {until(one.expires_ms, now)}
          </time>
        ),
    },
    { name: 'Id', width: '8.5rem', cell: (one) => <span className="mono">{one.id}</span> },
    {
      name: 'Revoke',
      silent: true,
      width: '6rem',
      cell: (one) => (
        <Button look="plain" aria-label={`Revoke ${one.name}`} onClick={() => revoke(one)}>
          Revoke
        </Button>
      ),
    },
  ];
  return <VirtualTable label="Tokens" columns={columns} rows={tokens} rowKey={(one) => one.id} onEnd={onEnd} />;
}

/** What a token may: the widest scope names the others that it holds. */
function scopeText(token: Token): string {
  const all = token.scopes.includes('administer');
  const may = all ? 'all that its owner may' : token.scopes.filter((scope) => !(scope === 'read' && token.scopes.length > 1)).join(', ');
  return token.workspace === undefined ? may : `${may}, in ${token.workspace}`;
}

function Revoke({ of, onClose }: { of: Token; onClose: () => void }) {
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => remove('/api/slipway/v1/access/tokens/{id}', { path: { id: of.id } }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(`'${of.name}' is revoked.`);
      return queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  });
  return (
    <FormDialog title={`Revoke '${of.name}'?`} action="Revoke" danger ready busy={revoking.isPending} wrong={revoking.error} onSubmit={() => revoking.mutate()} onClose={onClose}>
      <p>Programs that use it are refused from now on. This cannot be taken back; a new token can be made at any time.</p>
    </FormDialog>
  );
}
