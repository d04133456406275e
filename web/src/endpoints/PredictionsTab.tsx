import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { count, micros } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { address } from '../api/client';
import { predictionsQuery, type PredictionsAsked } from './endpoints';
import { StatusPill, timeOf } from './predictions';
import type { Endpoint, Prediction } from './wire';

/** What was asked and answered, the newest first; looked for by version, arm, status, key or id. */
export function PredictionsTab({ of }: { of: Endpoint }) {
  const { version, arm, status, key, id } = useSearch({ from: '/endpoints/$name' });
  const navigate = useNavigate({ from: '/endpoints/$name' });
  const asked: PredictionsAsked = { version, arm, status, key, id };
  const filtered = Object.values(asked).some((one) => one !== undefined);
  const pages = useInfiniteQuery(predictionsQuery(of.name, asked));
  const found = pages.data?.pages.flatMap((page) => page.predictions ?? []) ?? [];
  const set = (part: PredictionsAsked) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true, resetScroll: false });
  const columns: readonly TableColumn<Prediction>[] = [
    {
      name: 'Request',
      width: 'minmax(9rem, 2fr)',
      cell: (one) => (
        <Link from="/endpoints/$name" to="/endpoints/$name" params={{ name: of.name }} search={(before) => ({ ...before, prediction: one.id })} resetScroll={false} className="mono">
          {one.id}
        </Link>
      ),
    },
    { name: 'When', width: '8rem', cell: (one) => <Time at={one.at_ms} /> },
    {
      name: 'Answered by',
      width: 'minmax(8rem, 1fr)',
      cell: (one) => (
        <>
          {one.arm} <span className="muted">v{one.version}</span>
        </>
      ),
    },
    { name: 'Protocol', width: '7rem', cell: (one) => one.protocol },
    { name: 'Key', width: 'minmax(6rem, 1fr)', cell: (one) => one.key },
    { name: 'Rows', width: '5rem', cell: (one) => count(one.rows) },
    { name: 'Took', width: '6rem', cell: (one) => micros(timeOf(one)) },
    { name: 'Status', width: '6rem', cell: (one) => <StatusPill of={one} /> },
  ];
  return (
    <div className="stack">
      <div className="row between">
        <Filters key={JSON.stringify(asked)} of={of} asked={asked} set={set} />
        <span className="row">
          <Button onClick={() => void pages.refetch()} disabled={pages.isFetching}>
            Look again
          </Button>
          <a className="button" href={address('/api/slipway/v1/endpoints/{name}/predictions/export', { name: of.name })} download={`${of.name}-predictions.jsonl`}>
            <Icon name="download" /> Export
          </a>
        </span>
      </div>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={8} height="2.5rem" />}
      {pages.data && found.length === 0 && (
        <Empty title={filtered ? 'No prediction fits' : 'No prediction is logged yet'}>
          {filtered ? (
            <Button onClick={() => set({ version: undefined, arm: undefined, status: undefined, key: undefined, id: undefined })}>Show all</Button>
          ) : (
            <p>A request is noted within two seconds. Try it sends one; Settings says what is logged.</p>
          )}
        </Empty>
      )}
      {found.length > 0 && (
        <div className="card endpoint-list">
          <VirtualTable label="Predictions" columns={columns} rows={found} rowKey={(one) => one.id ?? ''} onEnd={pages.hasNextPage && !pages.isFetching ? () => void pages.fetchNextPage() : undefined} />
        </div>
      )}
      {pages.isFetchingNextPage && <Loading lines={1} height="2.5rem" />}
    </div>
  );
}

function Filters({ of, asked, set }: { of: Endpoint; asked: PredictionsAsked; set: (part: PredictionsAsked) => void }) {
  const [id, setId] = useState(asked.id ?? '');
  const [key, setKey] = useState(asked.key ?? '');
  const arms = of.arms ?? [];
  return (
    <form
      className="row endpoint-filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        set({ id: id.trim() || undefined, key: key.trim() || undefined });
      }}
    >
      <select className="input" aria-label="Arm" value={asked.arm ?? ''} onChange={(event) => set({ arm: event.target.value || undefined })}>
        <option value="">Every arm</option>
        {[...new Set([...arms.map((arm) => arm.name ?? ''), ...(asked.arm ? [asked.arm] : [])])].map((arm) => (
          <option key={arm}>{arm}</option>
        ))}
      </select>
      <select className="input" aria-label="Status" value={asked.status ?? ''} onChange={(event) => set({ status: event.target.value || undefined })}>
        <option value="">Every status</option>
        <option value="ok">Answered</option>
        <option value="error">Failed or refused</option>
        {asked.status && asked.status !== 'ok' && asked.status !== 'error' && <option>{asked.status}</option>}
      </select>
      <input className="input" aria-label="Sticky key" placeholder="Sticky key" value={key} maxLength={256} onChange={(event) => setKey(event.target.value)} />
      <input className="input" aria-label="Request id" placeholder="Request id" value={id} maxLength={200} onChange={(event) => setId(event.target.value)} />
      <Button type="submit">Find</Button>
    </form>
  );
}
