import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { useMay } from '../app/me';
import { idOf } from '../lineage/nodes';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Loading, Shown } from '../ui/States';
import { copy, Time } from '../ui/Value';
import { DeleteVersion } from './ModelDialogs';
import { modelKey, modelQuery, versionQuery, type Version } from './models';
import { MoveDialog } from './MoveDialog';
import { versionTabs, type VersionTab } from './search';
import { SlotName } from './SlotChip';
import { productionSlot, standing, isSame } from './slots';
import { PromoteDialog } from './PromoteDialog';
import { VersionOverview } from './VersionOverview';
import { Readiness } from './VersionsTable';
import { Tabs } from '../ui/Tabs';
import './registry.css';

const Package = lazy(async () => ({ default: (await import('./PackageTab')).PackageTab }));
const Gates = lazy(async () => ({ default: (await import('./GatesTab')).GatesTab }));
const Evaluations = lazy(async () => ({ default: (await import('./EvaluationsTab')).EvaluationsTab }));
const Card = lazy(async () => ({ default: (await import('./CardTab')).CardTab }));
const History = lazy(async () => ({ default: (await import('./VersionHistory')).VersionHistory }));

/** One version: what it is, what it is made of, and why it stands where it stands. */
export function VersionPage() {
  const { name, version } = useParams({ from: '/models/$name/versions/$version' });
  const { tab = 'overview' } = useSearch({ from: '/models/$name/versions/$version' });
  const of = useQuery(versionQuery(name, version));
  return (
    <div className="page">
      <Shown of={of} loading={<Loading lines={8} />}>
        {(found) => (
          <>
            <Head of={found} />
            <Tabs label="Of this version" of={versionTabs} shown={tab} link={{ to: '/models/$name/versions/$version', params: { name, version } }} />
            <Suspense fallback={<Loading lines={6} />}>{content(tab, found)}</Suspense>
          </>
        )}
      </Shown>
    </div>
  );
}

function content(tab: VersionTab, of: Version): ReactNode {
  const [name, version] = [of.name ?? '', of.version ?? ''];
  switch (tab) {
    case 'overview':
      return <VersionOverview of={of} />;
    case 'files':
      return <Package name={name} version={version} />;
    case 'gates':
      return <Gates of={of} />;
    case 'evaluations':
      return <Evaluations of={of} />;
    case 'card':
      return <Card name={name} version={version} />;
    case 'history':
      return <History of={of} />;
  }
}

function Head({ of }: { of: Version }) {
  const [name, version] = [of.name ?? '', of.version ?? ''];
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const model = useQuery(modelQuery(name)).data;
  const [dialog, setDialog] = useState<'move' | 'promote' | 'delete' | null>(null);
  const live = model && standing(model).find(({ slot }) => isSame(slot, productionSlot(model)))?.version;
  return (
    <header className="page-head">
      <div>
        <nav aria-label="Place" className="registry-place">
          <Link to="/models">Models</Link> / {' '}
          <Link to="/models/$name" params={{ name }}>
            {name}
          </Link>
        </nav>
        <h1>Version {version}</h1>
        <p className="row registry-facts">
          {(of.aliases ?? []).map((alias) => (
            <SlotName key={alias} slot={{ kind: 'alias', name: alias }} />
          ))}
          {of.current_stage && of.current_stage !== 'None' && <SlotName slot={{ kind: 'stage', name: of.current_stage }} />}
          <Readiness of={of} />
          <span className="muted">
            made <Time at={of.creation_timestamp} />
            {of.user_id && ` by ${of.user_id}`}
          </span>
        </p>
      </div>
      <span className="row">
        {live !== undefined && live !== version && (
          <Link className="button" to="/models/$name/compare" params={{ name }} search={{ versions: [live, version].sort((a, b) => Number(a) - Number(b)).join(',') }}>
            <Icon name="columns" /> Compare with production
          </Link>
        )}
        <Link className="button" to="/lineage" search={{ of: idOf('model-version', name, version) }} title="Which data and runs it was made from, and what came of it">
          <Icon name="lineage" /> Lineage
        </Link>
        {may('WriteModels') && model && (
          <Button look="primary" onClick={() => setDialog('move')}>
            Move...
          </Button>
        )}
        <Menu
          label={<Icon name="more" />}
          title="More"
          square
          items={[
            { label: 'Promote to workspace...', onSelect: () => setDialog('promote') },
            { label: 'Copy its address for programs', onSelect: () => void copy(`models:/${name}/${version}`) },
            may('ManageModels') && { label: 'Delete', danger: true, onSelect: () => setDialog('delete') },
          ]}
        />
      </span>
      {dialog === 'move' && model && <MoveDialog model={model} version={version} onClose={() => setDialog(null)} />}
      {dialog === 'promote' && <PromoteDialog name={name} version={version} onClose={() => setDialog(null)} done={() => void navigate({ to: '/models/$name/versions/$version', params: { name, version } })} />}
      {dialog === 'delete' && (
        <DeleteVersion
          name={name}
          version={version}
          onClose={() => setDialog(null)}
          done={async () => {
            await navigate({ to: '/models/$name', params: { name }, search: { tab: 'versions' } });
            await queries.invalidateQueries({ queryKey: modelKey(name) });
          }}
        />
      )}
    </header>
  );
}
