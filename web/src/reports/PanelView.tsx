import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Component, lazy, Suspense, useMemo, type ComponentType, type ReactNode } from 'react';
import { useLive } from '../api/live';
import { comparedRuns, type ComparedRun } from '../compare/runs';
import { Markdown } from '../ui/Markdown';
import { Failed, Loading } from '../ui/States';
import { parsePanel, panelTypes, type Panel } from './panels';
import '../compare/compare.css';
import './panel.css';

/** What a panel that draws runs is given. */
export interface PanelProps<T extends Panel['type']> {
  panel: Extract<Panel, { type: T }>;
  runs: readonly ComparedRun[];
}

type Drawn = Exclude<Panel, { type: 'note' }>;
type Views = { [T in Drawn['type']]: ComponentType<PanelProps<T>> };

const views: Views = {
  chart: lazy(async () => ({ default: (await import('./ChartPanel')).ChartPanel })),
  table: lazy(async () => ({ default: (await import('./RunsTablePanel')).RunsTablePanel })),
  images: lazy(async () => ({ default: (await import('./ImagesPanel')).ImagesPanel })),
  parallel: lazy(async () => ({ default: (await import('./FieldPanels')).ParallelPanel })),
  scatter: lazy(async () => ({ default: (await import('./FieldPanels')).ScatterPanel })),
  histogram: lazy(async () => ({ default: (await import('./HistogramPanel')).HistogramPanel })),
  'media-table': lazy(async () => ({ default: (await import('./MediaTablePanel')).MediaTablePanel })),
  embedding: lazy(async () => ({ default: (await import('./EmbeddingPanel')).EmbeddingPanel })),
};

/** A panel in a report, drawn from its JSON; what is wrong with it is said in its place. */
export function PanelView({ json }: { json: string }) {
  const read = useMemo((): { panel: Panel } | { problem: unknown } => {
    try {
      return { panel: parsePanel(json) };
    } catch (problem) {
      return { problem };
    }
  }, [json]);
  if ('problem' in read) {
    return (
      <figure className="panel card">
        <Failed problem={read.problem} />
      </figure>
    );
  }
  const { panel } = read;
  return (
    <figure className="panel card" data-panel={panel.type} aria-label={panel.title ?? panelTypes[panel.type]}>
      {panel.title && <figcaption>{panel.title}</figcaption>}
      <Guard key={json}>{panel.type === 'note' ? <Markdown text={panel.text} /> : <Runs panel={panel} />}</Guard>
    </figure>
  );
}

function Runs({ panel }: { panel: Drawn }) {
  const queries = useQueryClient();
  const runs = useQuery(comparedRuns(panel.source));
  const interest = 'runs' in panel.source ? { runs: panel.source.runs } : { experiments: panel.source.experiments };
  useLive(interest, () => {
    void queries.invalidateQueries({ queryKey: ['compare', 'runs'] });
    void queries.invalidateQueries({ queryKey: ['compare', 'curves'] });
  });
  if (runs.data === undefined) return runs.error ? <Failed problem={runs.error} retry={() => void runs.refetch()} /> : <Loading lines={5} height="2rem" />;
  if (runs.data.length === 0) return <p className="muted">{'runs' in panel.source ? 'The runs of this panel are gone, or not for your eyes.' : 'The query of this panel finds no run now.'}</p>;
  const View = views[panel.type] as ComponentType<{ panel: Drawn; runs: readonly ComparedRun[] }>;
  return (
    <Suspense fallback={<Loading lines={5} height="2rem" />}>
      <View panel={panel} runs={runs.data} />
    </Suspense>
  );
}

/** A panel that breaks breaks alone. */
class Guard extends Component<{ children: ReactNode }, { fault: unknown }> {
  override state: { fault: unknown } = { fault: null };

  static getDerivedStateFromError(fault: unknown) {
    return { fault };
  }

  override render() {
    return this.state.fault === null ? this.props.children : <Failed problem={this.state.fault} retry={() => this.setState({ fault: null })} />;
  }
}
