import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { Suspense, useLayoutEffect, useRef, type ReactNode } from 'react';
import { later } from '../ui/later';
import { Loading, Shown } from '../ui/States';
import { RunHeader } from './RunHeader';
import { RunOverview } from './RunOverview';
import { runQuery, type Run } from './runs';
import { useRunNews } from './runNews';
import { runTabs, type RunTab } from './runSearch';
import './run.css';

const Metrics = later(async () => (await import('./RunMetrics')).RunMetrics);
const Images = later(async () => (await import('./RunImages')).RunImages);
const Params = later(async () => (await import('./RunParams')).RunParams);
const Artifacts = later(async () => (await import('../artifacts/ArtifactsTab')).ArtifactsTab);
const Code = later(async () => (await import('./RunCode')).RunCode);
const Data = later(async () => (await import('./RunData')).RunData);
const Console = later(async () => (await import('./RunConsole')).RunConsole);
const Children = later(async () => (await import('./RunChildren')).RunChildren);
const Notes = later(async () => (await import('./Notes')).Notes);
const History = later(async () => (await import('./RunHistory')).RunHistory);

const parts: Partial<Record<RunTab, { ahead: () => Promise<void> }>> = { metrics: Metrics, system: Metrics, images: Images, params: Params, artifacts: Artifacts, code: Code, data: Data, console: Console, children: Children, notes: Notes, history: History };

/** Brings the code of a tab. */
export async function tabAhead(tab: RunTab = 'overview'): Promise<void> {
  await parts[tab]?.ahead();
}

function content(tab: RunTab, run: Run, id: string): ReactNode {
  switch (tab) {
    case 'overview':
      return <RunOverview run={run} id={id} />;
    case 'metrics':
      return <Metrics run={run} id={id} system={false} key="metrics" />;
    case 'system':
      return <Metrics run={run} id={id} system key="system" />;
    case 'images':
      return <Images id={id} />;
    case 'params':
      return <Params run={run} />;
    case 'artifacts':
      return <Artifacts id={id} />;
    case 'code':
      return <Code run={run} id={id} />;
    case 'data':
      return <Data run={run} />;
    case 'console':
      return <Console id={id} running={run.info?.status === 'RUNNING'} />;
    case 'children':
      return <Children run={run} id={id} />;
    case 'notes':
      return <Notes subject={`run/${id}`} />;
    case 'history':
      return <History subject={`run/${id}`} />;
  }
}

/** One run: what it was told, what it did, what it left. */
export function RunPage() {
  const { runId } = useParams({ from: '/runs/$runId' });
  const { tab = 'overview' } = useSearch({ from: '/runs/$runId' });
  const run = useQuery(runQuery(runId));
  const tabs = useRef<HTMLElement>(null);
  const there = run.data !== undefined;
  // On a phone the tabs are wider than the window: the one that is shown is in view.
  useLayoutEffect(() => {
    const [all, here] = [tabs.current, tabs.current?.querySelector<HTMLElement>('[aria-current]')];
    if (all && here) all.scrollLeft = here.offsetLeft - all.offsetLeft - (all.clientWidth - here.offsetWidth) / 2;
  }, [tab, there]);
  useRunNews(runId, run.data?.data?.metrics?.length ?? 0);
  return (
    <div className="page full run">
      <Shown of={run} loading={<Loading lines={8} />}>
        {(found) => (
          <>
            <RunHeader run={found} id={runId} />
            <nav ref={tabs} className="tabs" aria-label="Of this run">
              {runTabs.map(({ name, label }) => (
                <Link key={name} to="/runs/$runId" params={{ runId }} search={name === 'overview' ? {} : { tab: name }} aria-current={name === tab ? 'page' : undefined} activeOptions={{ exact: true, includeSearch: true }} resetScroll={false}>
                  {label}
                </Link>
              ))}
            </nav>
            <Suspense fallback={<Loading lines={6} />}>{content(tab, found, runId)}</Suspense>
          </>
        )}
      </Shown>
    </div>
  );
}
