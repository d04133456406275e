import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { useMay } from '../app/me';
import { EditableText } from '../ui/EditableText';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Loading, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { DeleteModel, RenameModel, saveDescription } from './ModelDialogs';
import { isPrompt, modelKey, modelQuery, type Model } from './models';
import { modelTabs, type ModelTab } from './search';
import { ProfileCard } from './ProfileCard';
import { StandingCard } from './StandingCard';
import { TagsCard } from './TagsCard';
import { VersionsTable } from './VersionsTable';
import { Tabs } from '../ui/Tabs';
import './registry.css';

const History = lazy(async () => ({ default: (await import('./HistoryTab')).HistoryTab }));
const Policies = lazy(async () => ({ default: (await import('./PoliciesTab')).PoliciesTab }));
const Prompt = lazy(async () => ({ default: (await import('./PromptView')).PromptView }));

/** One model: what is in production and how it came there, its versions, its history. Or one prompt. */
export function ModelPage() {
  const { name } = useParams({ from: '/models/$name' });
  const { tab = 'overview' } = useSearch({ from: '/models/$name' });
  const model = useQuery(modelQuery(name));
  return (
    <div className="page">
      <Shown of={model} loading={<Loading lines={8} />}>
        {(found) => (
          <>
            <Head model={found} />
            <Suspense fallback={<Loading lines={6} />}>
              {isPrompt(found) ? (
                <Prompt model={found} />
              ) : (
                <>
                  <Tabs label="Of this model" of={modelTabs} shown={tab} link={{ to: '/models/$name', params: { name } }} />
                  {content(tab, found)}
                </>
              )}
            </Suspense>
          </>
        )}
      </Shown>
    </div>
  );
}

function content(tab: ModelTab, model: Model): ReactNode {
  switch (tab) {
    case 'overview':
      return <Overview model={model} />;
    case 'versions':
      return <VersionsTable name={model.name ?? ''} />;
    case 'history':
      return <History name={model.name ?? ''} />;
    case 'policies':
      return <Policies name={model.name ?? ''} />;
  }
}

function Head({ model }: { model: Model }) {
  const name = model.name ?? '';
  const prompt = isPrompt(model);
  const may = useMay();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [dialog, setDialog] = useState<'rename' | 'delete' | null>(null);
  return (
    <header className="page-head">
      <div>
        <nav aria-label="Place" className="registry-place">
          <Link to="/models" search={prompt ? { kind: 'prompts' } : {}}>
            {prompt ? 'Prompts' : 'Models'}
          </Link>
        </nav>
        <h1>{name}</h1>
        <p className="row muted registry-facts">
          <span>
            made <Time at={model.creation_timestamp} />
            {model.user_id && ` by ${model.user_id}`}
          </span>
          <span>
            changed <Time at={model.last_updated_timestamp} />
          </span>
        </p>
      </div>
      {(may('WriteModels') || may('ManageModels')) && (
        <Menu
          label={<Icon name="more" />}
          title="More"
          square
          items={[may('WriteModels') && { label: 'Rename', onSelect: () => setDialog('rename') }, may('ManageModels') && { label: 'Delete', danger: true, onSelect: () => setDialog('delete') }]}
        />
      )}
      {dialog === 'rename' && <RenameModel name={name} onClose={() => setDialog(null)} done={(to) => navigate({ to: '/models/$name', params: { name: to }, replace: true })} />}
      {dialog === 'delete' && (
        <DeleteModel
          name={name}
          prompt={prompt}
          onClose={() => setDialog(null)}
          done={async () => {
            await navigate({ to: '/models', search: prompt ? { kind: 'prompts' } : {} });
            queries.removeQueries({ queryKey: modelKey(name) });
            await queries.invalidateQueries({ queryKey: ['models'] });
          }}
        />
      )}
    </header>
  );
}

function Overview({ model }: { model: Model }) {
  const name = model.name ?? '';
  const may = useMay()('WriteModels');
  const queries = useQueryClient();
  return (
    <div className="registry-columns">
      <div className="stack">
        <StandingCard model={model} />
        <EditableText
          title="Description"
          text={model.description ?? null}
          empty="Nothing is written about this model: what it does, for whom, and what to beware of."
          may={may}
          max={5000}
          save={(text) => saveDescription(name, text)}
          saved={() => queries.invalidateQueries({ queryKey: modelKey(name) })}
        />
      </div>
      <div className="stack">
        <ProfileCard name={name} />
        <TagsCard name={name} tags={model.tags} may={may} />
      </div>
    </div>
  );
}
