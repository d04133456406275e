import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, type ComponentType } from 'react';
import { useLive } from '../api/live';
import { Empty, Loading, Shown } from '../ui/States';
import { ChartsTab } from './ChartsTab';
import { comparedRuns, runsMax, type RunSource } from './runs';
import { tabs, type CompareSearch, type Tab } from './search';
import { DatasetsTab, EnvironmentTab, ParamsTab, TagsTab } from './TablesTabs';
import type { TabProps } from './tab';
import './compare.css';

const views: Record<Tab, ComponentType<TabProps>> = {
  charts: ChartsTab,
  parallel: lazy(async () => ({ default: (await import('./ParallelTab')).ParallelTab })),
  scatter: lazy(async () => ({ default: (await import('./ScatterTab')).ScatterTab })),
  contour: lazy(async () => ({ default: (await import('./ContourTab')).ContourTab })),
  importance: lazy(async () => ({ default: (await import('./ImportanceTab')).ImportanceTab })),
  params: ParamsTab,
  tags: TagsTab,
  environment: EnvironmentTab,
  code: lazy(async () => ({ default: (await import('./CodeTab')).CodeTab })),
  datasets: DatasetsTab,
  images: lazy(async () => ({ default: (await import('./ImagesTab')).ImagesTab })),
};

/** Up to a hundred runs beside and over each other. */
export function ComparePage() {
  const search = useSearch({ from: '/compare' });
  const navigate = useNavigate({ from: '/compare' });
  const queries = useQueryClient();
  const source = useMemo(() => sourceOf(search), [search.runs, search.experiments, search.filter, search.order, search.top]);
  const runs = useQuery({ ...comparedRuns(source ?? { runs: [] }), enabled: source !== null });
  const ids = (runs.data ?? []).map((run) => run.id);
  useLive(ids.length > 0 ? { runs: ids } : null, () => void queries.invalidateQueries({ queryKey: ['compare', 'runs'] }));
  const tab = search.tab ?? 'charts';
  const View = views[tab];
  const asked = source !== null && 'runs' in source ? source.runs.length : 0;

  if (source === null) {
    return (
      <div className="page">
        <h1>Compare</h1>
        <Empty title="Nothing to compare yet">
          <p>
            Choose runs in the table of an <Link to="/experiments">experiment</Link> and press Compare, or put their ids into the address: /compare?runs=ID,ID
          </p>
        </Empty>
      </div>
    );
  }
  return (
    <div className="page full">
      <header className="page-head">
        <div>
          <h1>Compare {runs.data ? `${runs.data.length} ${runs.data.length === 1 ? 'run' : 'runs'}` : 'runs'}</h1>
          <Origin source={source} missing={runs.data ? Math.min(asked, runsMax) - runs.data.length : 0} over={asked - runsMax} />
        </div>
      </header>
      <nav className="tabs" aria-label="Ways to compare">
        {(Object.keys(tabs) as Tab[]).map((one) => (
          <Link key={one} from="/compare" search={(before: CompareSearch) => ({ ...before, tab: one })} activeOptions={{ exact: true, includeSearch: true }} aria-current={one === tab ? 'page' : undefined}>
            {tabs[one]}
          </Link>
        ))}
      </nav>
      <Shown of={runs} loading={<Loading lines={8} height="2.5rem" />}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No such run">
              <p>{'runs' in source ? 'The runs of this address are gone, or not for your eyes.' : 'The query of this address finds no run now.'}</p>
            </Empty>
          ) : (
            <Suspense fallback={<Loading lines={6} height="2.5rem" />}>
              <View runs={found} search={search} change={(to, quietly) => void navigate({ search: (before) => ({ ...before, ...to }), replace: quietly === true, resetScroll: false })} />
            </Suspense>
          )
        }
      </Shown>
    </div>
  );
}

function sourceOf(search: CompareSearch): RunSource | null {
  if (search.runs) return { runs: search.runs.split(',').filter((id) => id !== '') };
  if (search.experiments) return { experiments: search.experiments.split(','), filter: search.filter, order: search.order, limit: search.top ?? 20 };
  return null;
}

function Origin({ source, missing, over }: { source: RunSource; missing: number; over: number }) {
  return (
    <p className="muted">
      {'runs' in source ? (
        missing > 0 && `${missing} of the runs are gone, or not for your eyes. `
      ) : (
        <>
          The first {source.limit} of {source.experiments.map((id) => <Link key={id} to="/experiments/$ids" params={{ ids: id }}>experiment {id} </Link>)}
          {source.filter && <>with <code>{source.filter}</code> </>}
          {source.order && <>by <code>{source.order}</code></>}
        </>
      )}
      {over > 0 && `Only the first ${runsMax} runs are shown.`}
    </p>
  );
}
