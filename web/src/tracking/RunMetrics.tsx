import { useNavigate, useSearch } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/States';
import { Num } from '../ui/Value';
import { ChartControls } from './ChartControls';
import { MetricChart } from './MetricChart';
import { MetricDialog } from './MetricDialog';
import { gridLines, groupKeys, keySearch } from './metricGroups';
import { MetricTable } from './MetricTable';
import { usePins } from './pins';
import type { Run } from './runs';
import type { RunSearch } from './runSearch';
import './metrics.css';

const systemPrefix = 'system/';
const chartRem = 12;
const lineHeights = { head: 48, charts: 272 };

/** The curves of a run: as many as there are, of which those on the screen are asked for and drawn. */
export function RunMetrics({ run, id, system }: { run: Run; id: string; system: boolean }) {
  const search = useSearch({ from: '/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const change = useCallback((part: Partial<RunSearch>) => void navigate({ search: (before) => ({ ...before, ...part }), replace: !('chart' in part || 'from' in part || 'view' in part), resetScroll: false }), [navigate]);
  const [pins, flipPin] = usePins(run.info?.experiment_id ?? '');
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const metrics = useMemo(() => new Map((run.data?.metrics ?? []).filter(({ key = '' }) => key.startsWith(systemPrefix) === system).map((metric) => [metric.key ?? '', metric])), [run, system]);
  const found = useMemo(() => keySearch(search.q ?? ''), [search.q]);
  const keys = useMemo(() => [...metrics.keys()].filter(found.matches), [metrics, found]);
  const groups = useMemo(() => {
    const pinned = keys.filter((key) => pins.has(key));
    const all = groupKeys(system ? keys.map((key) => key.slice(systemPrefix.length)) : keys).map((group) => (system ? { ...group, keys: group.keys.map((key) => systemPrefix + key) } : group));
    return pinned.length === 0 ? all : [{ name: 'Pinned', keys: pinned }, ...all];
  }, [keys, pins, system]);

  if (metrics.size === 0)
    return (
      <Empty title={system ? 'No system metrics' : 'No metrics yet'}>
        <p>
          {system ? (
            <>
              The processor, memory and GPUs of the machine are noted by <code>slipway run</code>, by our SDK, and by MLflow with <code>mlflow.enable_system_metrics_logging()</code>.
            </>
          ) : (
            <>
              They appear with the first <code>log_metric</code>, while the run lasts.
            </>
          )}
        </p>
      </Empty>
    );
  return (
    <div className="stack">
      <ChartControls search={search} change={change} wrong={found.wrong} shown={keys.length} of={metrics.size} />
      {search.view === 'table' ? (
        <MetricTable id={id} keys={keys} metrics={metrics} />
      ) : keys.length === 0 ? (
        <Empty title="No metric has such a name" />
      ) : (
        <Grid
          groups={groups}
          closed={closed}
          flip={(name) => setClosed((before) => (before.has(name) ? new Set([...before].filter((one) => one !== name)) : new Set([...before, name])))}
          card={(key) => (
            <article className="metric card" key={key} aria-label={key}>
              <header>
                <h3 title={key}>{key}</h3>
                <span className="metric-last">
                  <Num value={metrics.get(key)?.value ?? NaN} />
                </span>
                <Button look="plain" square aria-pressed={pins.has(key)} aria-label={`Pin ${key}`} title={pins.has(key) ? 'Unpin' : 'Pin to the top'} onClick={() => flipPin(key)}>
                  <Icon name="pin" />
                </Button>
                <Button look="plain" square aria-label={`Enlarge ${key}`} title="Enlarge" onClick={() => change({ chart: key })}>
                  <Icon name="expand" />
                </Button>
              </header>
              <MetricChart
                run={id}
                name={key}
                axis={search.x ?? 'step'}
                start={run.info?.start_time ?? 0}
                from={search.from}
                to={search.to}
                smoothing={search.smooth ?? 0}
                log={search.log ?? false}
                clip={search.clip ?? 0}
                height={chartRem}
                group={`run-${id}`}
                onZoom={(range) => change({ from: range?.from, to: range?.to })}
              />
            </article>
          )}
        />
      )}
      {search.chart !== undefined && metrics.has(search.chart) && <MetricDialog run={run} id={id} metric={metrics.get(search.chart)!} search={search} change={change} />}
    </div>
  );
}

function Grid({ groups, closed, flip, card }: { groups: ReturnType<typeof groupKeys>; closed: ReadonlySet<string>; flip: (name: string) => void; card: (key: string) => React.ReactNode }) {
  const host = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ columns: 1, top: 0 });
  useLayoutEffect(() => {
    const measure = () => {
      const box = host.current!.getBoundingClientRect();
      const next = { columns: Math.max(1, Math.floor(box.width / 330)), top: Math.round(box.top + scrollY) };
      setPlace((before) => (before.columns === next.columns && before.top === next.top ? before : next));
    };
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(host.current!);
    sizes.observe(document.body);
    return () => sizes.disconnect();
  }, []);
  const lines = useMemo(() => gridLines(groups, place.columns, closed), [groups, place.columns, closed]);
  const rows = useWindowVirtualizer({ count: lines.length, estimateSize: (index) => lineHeights[lines[index]!.kind], overscan: 1, scrollMargin: place.top, getItemKey: (index) => keyOf(lines[index]!) });
  useLayoutEffect(() => rows.measure(), [lines, rows]);
  return (
    <div ref={host} className="metric-grid" style={{ blockSize: rows.getTotalSize() }}>
      {rows.getVirtualItems().map((item) => {
        const line = lines[item.index]!;
        return (
          <div key={item.key} className="metric-line" style={{ blockSize: item.size, transform: `translateY(${item.start - place.top}px)` }}>
            {line.kind === 'head' ? (
              <h2>
                <button type="button" className="metric-head" aria-expanded={!closed.has(line.group.name)} onClick={() => flip(line.group.name)}>
                  <Icon name={closed.has(line.group.name) ? 'right' : 'down'} />
                  {line.group.name || 'Ungrouped'} <span className="muted">{count(line.group.keys.length)}</span>
                </button>
              </h2>
            ) : (
              <div className="metric-charts" style={{ gridTemplateColumns: `repeat(${place.columns}, minmax(0, 1fr))` }}>
                {line.keys.map(card)}
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

function keyOf(line: ReturnType<typeof gridLines>[number]): string {
  return line.kind === 'head' ? `head ${line.group.name}` : `charts ${line.keys.join(' ')}`;
}
