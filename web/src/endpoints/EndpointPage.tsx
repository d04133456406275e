import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { idOf } from '../lineage/nodes';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Loading, Shown } from '../ui/States';
import { Tabs } from '../ui/Tabs';
import { copy, Time } from '../ui/Value';
import { DeleteEndpoint } from './DeleteEndpoint';
import { DeployDialog } from './DeployDialog';
import { endpointQuery, mayDo } from './endpoints';
import { CanaryPill, EndpointState, isUnderWay } from './EndpointState';
import { EndpointOverview } from './EndpointOverview';
import { PauseDialog, RollbackDialog } from './ReasonDialogs';
import { endpointTabs, type EndpointTab } from './search';
import type { Endpoint } from './wire';
import './endpoints.css';

const Predictions = lazy(async () => ({ default: (await import('./PredictionsTab')).PredictionsTab }));
const Ab = lazy(async () => ({ default: (await import('./AbTab')).AbTab }));
const Try = lazy(async () => ({ default: (await import('./TryTab')).TryTab }));
const Use = lazy(async () => ({ default: (await import('./UseTab')).UseTab }));
const History = lazy(async () => ({ default: (await import('./HistoryTab')).HistoryTab }));
const Settings = lazy(async () => ({ default: (await import('./SettingsTab')).SettingsTab }));
const PredictionDialog = lazy(async () => ({ default: (await import('./PredictionDialog')).PredictionDialog }));

/** One endpoint: what answers, how well, what is on its way, and how to call it. */
export function EndpointPage() {
  const { name } = useParams({ from: '/endpoints/$name' });
  const { tab = 'overview', prediction } = useSearch({ from: '/endpoints/$name' });
  const navigate = useNavigate({ from: '/endpoints/$name' });
  const endpoint = useQuery(endpointQuery(name));
  return (
    <div className="page">
      <Shown of={endpoint} loading={<Loading lines={8} />}>
        {(found) => (
          <>
            <Head of={found} />
            <Tabs label="Of this endpoint" of={endpointTabs} shown={tab} link={{ to: '/endpoints/$name', params: { name } }} />
            <Suspense fallback={<Loading lines={6} />}>
              {content(tab, found)}
              {prediction !== undefined && <PredictionDialog of={found} id={prediction} onClose={() => void navigate({ search: (before) => ({ ...before, prediction: undefined }), resetScroll: false })} />}
            </Suspense>
          </>
        )}
      </Shown>
    </div>
  );
}

function content(tab: EndpointTab, of: Endpoint): ReactNode {
  switch (tab) {
    case 'overview':
      return <EndpointOverview of={of} />;
    case 'predictions':
      return <Predictions of={of} />;
    case 'ab':
      return <Ab of={of} />;
    case 'try':
      return <Try of={of} />;
    case 'use':
      return <Use of={of} />;
    case 'history':
      return <History of={of} />;
    case 'settings':
      return <Settings of={of} />;
  }
}

function Head({ of }: { of: Endpoint }) {
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'deploy' | 'back' | 'pause' | 'delete' | null>(null);
  const write = mayDo(of, 'write');
  const paused = of.state === 'paused';
  return (
    <header className="page-head">
      <div>
        <nav aria-label="Place" className="endpoint-place">
          <Link to="/endpoints">Endpoints</Link>
        </nav>
        <h1>{of.name}</h1>
        <p className="row endpoint-facts">
          <EndpointState of={of} />
          {isUnderWay(of.canary) && <CanaryPill of={of.canary} />}
          <span className="muted">
            revision {of.revision}, <Time at={of.updated_ms} />
            {of.updated_by && ` by ${of.updated_by}`}
          </span>
        </p>
        {of.description && <p className="endpoint-about">{of.description}</p>}
      </div>
      <span className="row">
        {write && (
          <Button look="danger" onClick={() => setDialog('back')}>
            Roll back...
          </Button>
        )}
        {write && (
          <Button look="primary" onClick={() => setDialog('deploy')}>
            Deploy...
          </Button>
        )}
        <Menu
          label={<Icon name="more" />}
          title="More"
          square
          items={[
            write && { label: paused ? 'Resume' : 'Pause', onSelect: () => setDialog('pause') },
            { label: 'Lineage', onSelect: () => void navigate({ to: '/lineage', search: { of: idOf('endpoint', of.name) } }) },
            { label: 'Copy its address for MLflow', onSelect: () => void copy(`${location.origin}/endpoints/${of.name}`) },
            mayDo(of, 'manage') && { label: 'Delete', danger: true, onSelect: () => setDialog('delete') },
          ]}
        />
      </span>
      {dialog === 'deploy' && <DeployDialog to={of} onClose={() => setDialog(null)} done={() => undefined} />}
      {dialog === 'back' && <RollbackDialog of={of} onClose={() => setDialog(null)} />}
      {dialog === 'pause' && <PauseDialog of={of} onClose={() => setDialog(null)} />}
      {dialog === 'delete' && <DeleteEndpoint name={of.name} onClose={() => setDialog(null)} done={() => navigate({ to: '/endpoints' })} />}
    </header>
  );
}
