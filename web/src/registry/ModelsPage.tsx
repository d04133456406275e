import { useInfiniteQuery, useQueries, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useMay } from '../app/me';
import { wrongAt } from '../tracking/filterLanguage';
import { Problem } from '../api/client';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { filterOf, isFilter } from './filter';
import { DeleteModel, NewModel, NewPrompt, RenameModel } from './ModelDialogs';
import { askedEvery, modelsPage, newestOf, overviewsQuery, plainTags, type Model } from './models';
import { Attention } from './ModelSigns';
import { VersionLink } from './SlotChip';
import { StandingChips } from './Standing';
import './registry.css';

const Filter = lazy(() => import('./ModelFilter'));

/** Every registered model, and in a second tab every prompt: find, create, rename, delete. */
export function ModelsPage() {
  const { q = '', kind } = useSearch({ from: '/models' });
  const prompts = kind === 'prompts';
  const navigate = useNavigate({ from: '/models' });
  const queries = useQueryClient();
  const may = useMay();
  const [dialog, setDialog] = useState<{ kind: 'create' } | { kind: 'rename' | 'delete'; name: string } | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ['models', prompts, q],
    queryFn: ({ pageParam, signal }) => modelsPage(filterOf(q), prompts, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (before, query) => (query?.queryKey[1] === prompts ? before : undefined),
    refetchInterval: askedEvery,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: ['models'] });
  const found = pages.data?.pages.flatMap((page) => page.models) ?? [];
  const overviews = useQueries({
    queries: prompts ? [] : (pages.data?.pages ?? []).filter(({ models }) => models.length > 0).map(({ models }) => overviewsQuery(models.map(({ name = '' }) => name))),
    combine: (all) => new Map(all.flatMap(({ data = [] }) => data.map((one) => [one.name ?? '', one] as const))),
  });
  const wrong = pages.error instanceof Problem && pages.error.status === 400 && isFilter(q) ? pages.error : null;

  const columns: readonly TableColumn<Model>[] = [
    {
      name: 'Name',
      width: 'minmax(12rem, 2fr)',
      cell: (one) => (
        <>
          <Link to="/models/$name" params={{ name: one.name ?? '' }} className="registry-name">
            {one.name}
          </Link>
          {one.description && <span className="registry-sub">{firstLine(one.description)}</span>}
          <TagsOf of={one} />
        </>
      ),
    },
    { name: 'Newest', width: '9rem', cell: (one) => <Newest of={one} prompt={prompts} /> },
    { name: prompts ? 'Aliases' : 'Stands at', width: 'minmax(10rem, 2fr)', cell: (one) => <StandingChips model={one} /> },
    ...(prompts
      ? []
      : [
          { name: 'Owner', width: 'minmax(5rem, 9rem)', cell: (one: Model) => overviews.get(one.name ?? '')?.owner ?? overviews.get(one.name ?? '')?.team },
          { name: 'Attention', width: 'minmax(7rem, 11rem)', cell: (one: Model) => <Attention name={one.name ?? ''} overview={overviews.get(one.name ?? '')} /> },
        ]),
    { name: 'Changed', width: '8rem', cell: (one) => <Time at={one.last_updated_timestamp} /> },
    {
      name: 'Actions',
      silent: true,
      width: '4rem',
      cell: (one) =>
        (may('WriteModels') || may('ManageModels')) && (
          <Menu
            square
            title={`Actions for ${one.name}`}
            label={<Icon name="more" />}
            items={[
              may('WriteModels') && { label: 'Rename', onSelect: () => setDialog({ kind: 'rename', name: one.name ?? '' }) },
              may('ManageModels') && { label: 'Delete', danger: true, onSelect: () => setDialog({ kind: 'delete', name: one.name ?? '' }) },
            ]}
          />
        ),
    },
  ];

  return (
    <div className="page">
      <header className="page-head">
        <h1>Models</h1>
        {may('CreateModels') && (
          <Button look="primary" onClick={() => setDialog({ kind: 'create' })}>
            <Icon name="plus" /> {prompts ? 'New prompt' : 'New model'}
          </Button>
        )}
      </header>
      <nav className="tabs" aria-label="Kinds">
        <Link to="/models" search={{}} activeOptions={{ exact: true, includeSearch: true }} aria-current={prompts ? undefined : 'page'}>
          Models
        </Link>
        <Link to="/models" search={{ kind: 'prompts' }} activeOptions={{ exact: true, includeSearch: true }} aria-current={prompts ? 'page' : undefined}>
          Prompts
        </Link>
      </nav>
      <Suspense fallback={<div className="input" aria-hidden="true" />}>
        <Filter
          key={String(prompts)}
          value={q}
          of={prompts ? 'prompts' : 'models'}
          tags={[...new Set(found.flatMap((one) => plainTags(one.tags).map(({ key }) => key)))]}
          problem={wrong && wrongAt(wrong.message)}
          apply={(text) => void navigate({ search: (before) => ({ ...before, q: text.trim() || undefined }) })}
        />
      </Suspense>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={8} height="2.5rem" />}
      {pages.data && !pages.error && found.length === 0 && (q === '' ? <First prompts={prompts} /> : <Empty title={isFilter(q) ? 'Nothing fits this filter' : prompts ? 'No prompt has this name' : 'No model has this name'} />)}
      {found.length > 0 && (
        <div className="card registry-list">
          <VirtualTable label={prompts ? 'Prompts' : 'Models'} columns={columns} rows={found} rowKey={(one) => one.name ?? ''} onEnd={pages.hasNextPage && !pages.isFetching ? () => void pages.fetchNextPage() : undefined} />
        </div>
      )}
      {pages.isFetchingNextPage && <Loading lines={1} height="2.5rem" />}
      {dialog?.kind === 'create' &&
        (prompts ? (
          <NewPrompt onClose={() => setDialog(null)} done={(name) => navigate({ to: '/models/$name', params: { name } })} />
        ) : (
          <NewModel onClose={() => setDialog(null)} done={(name) => navigate({ to: '/models/$name', params: { name } })} />
        ))}
      {dialog?.kind === 'rename' && <RenameModel name={dialog.name} onClose={() => setDialog(null)} done={refresh} />}
      {dialog?.kind === 'delete' && <DeleteModel name={dialog.name} prompt={prompts} onClose={() => setDialog(null)} done={refresh} />}
    </div>
  );
}

function Newest({ of, prompt }: { of: Model; prompt: boolean }) {
  const newest = newestOf(of);
  if (newest === undefined) return <span className="muted">no version</span>;
  return (
    <span className="row">
      {prompt ? <span className="registry-version">v{newest.version}</span> : <VersionLink name={of.name ?? ''} version={newest.version ?? ''} />}
      <span className="muted">
        <Time at={newest.creation_timestamp} />
      </span>
    </span>
  );
}

function TagsOf({ of }: { of: Model }) {
  const tags = plainTags(of.tags);
  if (tags.length === 0) return null;
  return (
    <span className="row">
      {tags.slice(0, 3).map(({ key, value }) => (
        <span className="tag" key={key} title={`${key}: ${value}`}>
          <span>{key}</span>
          <span>{value}</span>
        </span>
      ))}
      {tags.length > 3 && <span className="muted">+{count(tags.length - 3)}</span>}
    </span>
  );
}

function First({ prompts }: { prompts: boolean }) {
  return prompts ? (
    <Empty title="No prompt yet">
      <p>A prompt is a text with variables that has versions and aliases like a model. Make one here, or from a program:</p>
      <CodeBlock text={'import mlflow\nmlflow.genai.register_prompt(name="greeting", template="Say hello to {{name}}.")'} label="Register a prompt" />
    </Empty>
  ) : (
    <Empty title="No model is registered yet">
      <p>A registered model is a name with versions. Register the model of a run on the run's page, or from a program:</p>
      <CodeBlock text={'import mlflow\nmlflow.register_model("runs:/RUN_ID/model", "flights")'} label="Register a model" />
    </Empty>
  );
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0]!.replace(/^#+\s*/, '');
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
