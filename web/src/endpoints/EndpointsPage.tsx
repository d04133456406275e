import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { micros, percent, perSecond, smallPercent } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { DeployDialog } from './DeployDialog';
import { endpointsQuery, liveQuery, shareOf } from './endpoints';
import { CanaryPill, EndpointState, isUnderWay } from './EndpointState';
import { totalOf } from './live';
import { RouteBar } from './RouteBar';
import { ArmVersion } from './ArmVersion';
import type { Endpoint } from './wire';
import './endpoints.css';

/** Every endpoint: what answers, how much is asked of it, and what is on its way. */
export function EndpointsPage() {
  const { q = '' } = useSearch({ from: '/endpoints' });
  const navigate = useNavigate({ from: '/endpoints' });
  const endpoints = useQuery(endpointsQuery);
  const may = useMay();
  const [deploying, setDeploying] = useState(false);
  const found = (endpoints.data ?? []).filter((one) => one.name.toLowerCase().includes(q.toLowerCase()) || (one.arms ?? []).some((arm) => arm.model.toLowerCase().includes(q.toLowerCase())));

  const columns: readonly TableColumn<Endpoint>[] = [
    {
      name: 'Name',
      width: 'minmax(10rem, 2fr)',
      cell: (one) => (
        <>
          <Link to="/endpoints/$name" params={{ name: one.name }} className="endpoint-name">
            {one.name}
          </Link>
          {one.description && <span className="endpoint-sub">{one.description}</span>}
        </>
      ),
    },
    {
      name: 'State',
      width: 'minmax(7rem, 10rem)',
      cell: (one) => (
        <span className="row">
          <EndpointState of={one} />
          {one.canary && (one.canary.state === 'rolled_back' || isUnderWay(one.canary)) && <CanaryPill of={one.canary} share={isUnderWay(one.canary) ? percent(one.canary.share ?? 0) : undefined} />}
        </span>
      ),
    },
    { name: 'Routes to', width: 'minmax(12rem, 3fr)', cell: (one) => <Routes of={one} /> },
    { name: 'Requests', width: '7rem', cell: (one) => <Now name={one.name} show="rate" /> },
    { name: 'p99', width: '6rem', cell: (one) => <Now name={one.name} show="p99" /> },
    { name: 'Errors', width: '6rem', cell: (one) => <Now name={one.name} show="errors" /> },
    { name: 'Changed', width: '8rem', cell: (one) => <Time at={one.updated_ms} /> },
  ];

  return (
    <div className="page">
      <header className="page-head">
        <div>
          <h1>Endpoints</h1>
          <p className="muted">Versions of models that answer predictions, on every protocol at once.</p>
        </div>
        {may('CreateEndpoints') && (
          <Button look="primary" onClick={() => setDeploying(true)}>
            <Icon name="plus" /> Deploy a model
          </Button>
        )}
      </header>
      {(endpoints.data?.length ?? 0) > 0 && (
        <input className="input" type="search" aria-label="Find endpoints" placeholder="Part of a name, or of a model's" value={q} onChange={(event) => void navigate({ search: { q: event.target.value || undefined }, replace: true })} />
      )}
      {endpoints.error && <Failed problem={endpoints.error} retry={() => void endpoints.refetch()} />}
      {endpoints.isPending && <Loading lines={6} height="2.5rem" />}
      {endpoints.data?.length === 0 && !endpoints.error && (
        <Empty title="Nothing is deployed yet">
          <p>An endpoint is a name that answers predictions with versions of models. Deploy one here, or from a terminal:</p>
          <CodeBlock text="slipway deploy flights@champion" label="Deploy from a terminal" />
        </Empty>
      )}
      {endpoints.data && endpoints.data.length > 0 && found.length === 0 && <Empty title="No endpoint has this in its name" />}
      {found.length > 0 && (
        <div className="card endpoint-list">
          <VirtualTable label="Endpoints" columns={columns} rows={found} rowKey={(one) => one.name} />
        </div>
      )}
      {deploying && <DeployDialog onClose={() => setDeploying(false)} done={(name) => void navigate({ to: '/endpoints/$name', params: { name } })} />}
    </div>
  );
}

function Routes({ of }: { of: Endpoint }) {
  const arms = of.arms ?? [];
  const shown = arms.filter((arm) => !arm.shadow);
  return (
    <div className="endpoint-routes">
      <RouteBar arms={arms} thin />
      <span className="row">
        {shown.slice(0, 3).map((arm) => (
          <span key={arm.name}>
            <ArmVersion of={arm} /> {shown.length > 1 && <span className="muted">{percent(shareOf(arm, arms))}</span>}
          </span>
        ))}
        {shown.length > 3 && <span className="muted">+{shown.length - 3}</span>}
        {arms.length > shown.length && <span className="muted">+{arms.length - shown.length} shadow</span>}
      </span>
    </div>
  );
}

/** What happens now; asked only for rows on the screen. */
function Now({ name, show }: { name: string; show: 'rate' | 'p99' | 'errors' }) {
  const live = useQuery(liveQuery(name, 5_000));
  if (!live.data) return <span className="muted">{live.error ? '–' : ''}</span>;
  const total = totalOf(live.data);
  if (total.rate === 0 && total.requests === 0) return <span className="muted">{show === 'rate' ? 'idle' : ''}</span>;
  if (show === 'rate') return <>{perSecond(total.rate)}</>;
  if (show === 'p99') return <>{micros(total.p99)}</>;
  return <span className={total.errorShare > 0 ? 'endpoint-wrong' : undefined}>{smallPercent(total.errorShare)}</span>;
}
