import { useQueries, useQuery, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { folderQuery } from '../artifacts/files';
import { readFile } from '../artifacts/wholeFile';
import { curvesQuery } from '../compare/curves';
import type { ComparedRun } from '../compare/runs';
import { Failed, Loading, Shown } from '../ui/States';
import { HeatChart } from './HeatChart';
import { heatOf, heatOfCurves, parseHistograms, stepOfName, type Histogram } from './histogram';
import type { PanelProps } from './PanelView';

const filesMax = 200;
const runsDrawn = 6;

/** How values spread, and how that changes over the steps. */
export function HistogramPanel(props: PanelProps<'histogram'>) {
  return props.panel.key === undefined ? <OfFiles {...props} path={props.panel.path ?? ''} /> : <OfMetric {...props} of={props.panel.key} />;
}

function OfMetric({ panel, runs, of }: PanelProps<'histogram'> & { of: string }) {
  const curves = useQuery(curvesQuery(runs, [of], 'step', undefined));
  return (
    <Shown of={curves} loading={<Loading lines={5} height="2rem" />}>
      {(found) => <HeatChart label={`How ${of} of ${runs.length} runs spreads over the steps`} heat={heatOfCurves(found[0] ?? [])} look={panel.look ?? 'heat'} />}
    </Shown>
  );
}

function OfFiles({ panel, runs, path }: PanelProps<'histogram'> & { path: string }) {
  const shown = runs.slice(0, runsDrawn);
  const files = useQueries({ queries: shown.map((run) => ({ queryKey: ['report', 'histograms', run.id, path], queryFn: ({ client, signal }: { client: QueryClient; signal: AbortSignal }) => readHistograms(client, run, path, signal), staleTime: 30_000 })) });
  return (
    <div className="compare-grid">
      {shown.map((run, index) => (
        <section key={run.id} aria-label={run.name}>
          <h4>{run.name}</h4>
          {files[index]?.error ? <Failed problem={files[index].error} /> : files[index]?.data ? <Heat name={`${path} of ${run.name}`} histograms={files[index].data} look={panel.look ?? 'heat'} /> : <Loading lines={4} height="2rem" />}
        </section>
      ))}
      {runs.length > runsDrawn && <p className="muted">The first {runsDrawn} runs are drawn.</p>}
    </div>
  );
}

function Heat({ name, histograms, look }: { name: string; histograms: Histogram[]; look: 'heat' | 'ridge' }) {
  const heat = useMemo(() => heatOf(histograms), [histograms]);
  return heat.steps.length === 0 ? <p className="muted">No file there holds a histogram.</p> : <HeatChart label={`Histograms ${name}`} heat={heat} look={look} />;
}

/** One file that holds them all, or a file for each step whose name begins with the path. */
async function readHistograms(client: QueryClient, run: ComparedRun, path: string, signal: AbortSignal): Promise<Histogram[]> {
  const read = async (file: string) => {
    const bytes = await readFile(run.id, file, 8_000_000, signal);
    return bytes === null ? [] : parseHistograms(file, new TextDecoder().decode(bytes));
  };
  if (path.endsWith('.json')) return read(path);
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  const files = (await client.fetchQuery(folderQuery(client, run.id, folder, 2))).files.filter((file) => !file.isFolder && file.path.startsWith(path) && file.path.endsWith('.json'));
  const sorted = files.sort((a, b) => (stepOfName(a.path) ?? 0) - (stepOfName(b.path) ?? 0));
  // Too many steps: those that are evenly apart.
  const every = Math.max(1, Math.ceil(sorted.length / filesMax));
  return (await Promise.all(sorted.filter((_, index) => index % every === 0).map((file) => read(file.path)))).flat();
}
