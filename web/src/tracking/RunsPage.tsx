import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { Problem } from '../api/client';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Empty, Failed, Loading } from '../ui/States';
import { BulkBar } from './BulkBar';
import { column, isNumber, readColumn, shortField, splitList, type Column } from './columns';
import { experiment } from './experiments';
import { downloadCsv } from './runActions';
import { RunsHead } from './RunsHead';
import type { TableChange } from './RunsHeadCell';
import { RunsTable } from './RunsTable';
import { RunsToolbar } from './RunsToolbar';
import { viewOf, writeColumns, writeSorts, writeWidths, type RunsSearch } from './runsView';
import { useLiveRuns } from './useLiveRuns';
import { useColumns, useLines, useOrder, useRunCells } from './useRunsTable';
import './RunsPage.css';

const ColumnChooser = lazy(() => import('./ColumnChooser').then(({ ColumnChooser }) => ({ default: ColumnChooser })));
const RunsChart = lazy(() => import('./RunsChart'));
const FirstRun = lazy(() => import('./FirstRun').then(({ FirstRun }) => ({ default: FirstRun })));

/** The runs of one or several experiments. */
export function RunsPage() {
  const { ids } = useParams({ from: '/experiments/$ids' });
  // Another experiment is another page: nothing that was selected or opened there stays.
  return <Runs key={ids} given={ids} />;
}

const none: ReadonlySet<string> = new Set();

function Runs({ given }: { given: string }) {
  const experiments = useMemo(() => given.split(',').filter((id) => id !== ''), [given]);
  const search = useSearch({ from: '/experiments/$ids' });
  const navigate = useNavigate({ from: '/experiments/$ids' });
  const view = useMemo(() => viewOf(search), [search]);
  const queries = useQueryClient();
  const cells = useRunCells();
  const scroller = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(none);
  const [open, setOpen] = useState<ReadonlySet<string>>(none);
  const [choosing, setChoosing] = useState(false);

  const { query, order, waiting, news, showLatest, takeNext } = useOrder(experiments, view, () => (scroller.current?.scrollTop ?? 0) < 4);
  const ready = cells.begun || query.isError || (query.isSuccess && order.count === 0);
  const columns = useColumns(experiments, view, ready);
  const { lines, groups, cut } = useLines(order, view, columns, cells, open);
  const always = useMemo(() => (view.baseline === null ? [] : [view.baseline]), [view.baseline]);
  useLiveRuns(experiments, view, cells);
  const first = useQuery(experiment(experiments[0] ?? ''));
  const saving = useMutation({ mutationFn: () => downloadCsv(experiments, view, columns, null, `runs-${experiments.join('-')}`) });

  const go = useCallback((change: Partial<RunsSearch>, replace = false) => void navigate({ search: (before) => ({ ...before, ...change }), replace }), [navigate]);
  const change = useCallback(
    (to: TableChange) =>
      go({
        ...(to.sorts && { sort: writeSorts(to.sorts) }),
        ...(to.columns && { cols: writeColumns(to.columns) }),
        ...(to.pinned !== undefined && { pin: to.pinned }),
        ...(to.widths && { width: writeWidths(to.widths) }),
        ...(to.group !== undefined && { group: to.group === null ? undefined : shortField(to.group) }),
        ...(to.baseline !== undefined && { base: to.baseline ?? undefined }),
      }),
    [go],
  );
  const openGroup = useCallback((name: string) => setOpen((before) => (before.has(name) ? new Set([...before].filter((one) => one !== name)) : new Set(before).add(name))), []);

  const axes = useMemo(() => readAxes(search.chart), [search.chart]);
  const refused = query.error instanceof Problem && query.error.status === 400 ? query.error.message : null;
  const filtered = view.filter !== '' || view.name !== '' || view.statuses.length > 0;
  const shown = useMemo(() => (selected.size === 0 ? none : new Set(order.ids())), [order, selected.size === 0]);
  const hidden = useMemo(() => [...selected].filter((id) => !shown.has(id)).length, [selected, shown]);
  const all = selected.size > 0 && hidden === 0 && selected.size === order.count;

  const state = refused === null && !query.isPending && (
    <div className="runs-page-count muted" aria-live="polite">
      {waiting && (
        <Button
          onClick={() => {
            showLatest();
            scroller.current?.scrollTo({ top: 0 });
          }}
        >
          {news > 0 ? `${count(news)} new ${news === 1 ? 'run' : 'runs'}: show` : 'The order has changed: show'}
        </Button>
      )}
      <span>
        {`${count(order.count)}${order.more ? '+' : ''} ${order.count === 1 ? 'run' : 'runs'}${groups ? ` in ${count(groups.length)} groups` : ''}`}
        {order.more && ' · the first 100,000: filter to see others'}
        {cut && ' · the first 20,000 are grouped'}
      </span>
    </div>
  );

  // An experiment that is not there, or not for these eyes, has no runs to show or to explain.
  if (experiments.length < 2 && first.error && first.data === undefined)
    return (
      <div className="page full runs-page">
        <RunsHead ids={experiments} />
      </div>
    );

  return (
    <div className="page full runs-page">
      <RunsHead ids={experiments} />
      {query.isSuccess && first.data && order.count === 0 && !filtered && !view.deleted && !query.isPlaceholderData ? (
        <Suspense>
          <FirstRun experiments={experiments} deleted={() => go({ deleted: true })} />
        </Suspense>
      ) : (
        <>
          <RunsToolbar
            {...{ experiments, search, view, columns, refused, ready, go }}
            replace={(next) => void navigate({ search: next })}
            choose={() => setChoosing(true)}
            plot={() => go({ chart: axes ? undefined : usualAxes(columns) })}
            plotted={axes !== null}
            download={() => saving.mutate()}
            state={state}
            bulk={
              selected.size > 0 && (
                <BulkBar
                  {...{ experiments, view, columns, selected, hidden, all }}
                  changed={(ids) => {
                    cells.stale(ids);
                    takeNext();
                  }}
                  clear={() => setSelected(none)}
                  baseline={(id) => change({ baseline: id })}
                />
              )
            }
          />
          {query.error && refused === null && <Failed problem={query.error} retry={() => void query.refetch()} />}
          {cells.problem !== null && query.error === null && (
            <Failed
              problem={cells.problem}
              retry={() => {
                cells.stale('all');
                void queries.invalidateQueries({ queryKey: ['runs', 'order'] });
              }}
            />
          )}
          {query.isPending ? (
            <Loading lines={12} height="2rem" />
          ) : order.count === 0 ? (
            query.error === null && (
              <div className="runs-page-none">
                <Empty title={filtered ? 'No run fits' : 'No run is deleted'}>
                  <Button onClick={() => go({ filter: undefined, name: undefined, status: undefined, deleted: undefined })}>{filtered ? 'Show all runs' : 'Show what is not deleted'}</Button>
                </Empty>
              </div>
            )
          ) : (
            <div className="runs-page-body">
              <RunsTable
                label="Runs"
                {...{ lines, columns, cells, always, selected, all, change, scroller }}
                pinned={view.pinned}
                widths={view.widths}
                sorts={view.sorts}
                group={view.group}
                baseline={view.baseline}
                busy={query.isFetching}
                select={(next) => setSelected(next === 'all' ? new Set(order.ids()) : next)}
                open={openGroup}
              />
              {axes && (
                <Suspense fallback={<section className="card runs-chart" aria-label="Loading" />}>
                  <RunsChart
                    {...{ order, cells, selected }}
                    columns={plotted(columns)}
                    x={axes[0]}
                    y={axes[1]}
                    group={view.group}
                    choose={(x, y) => go({ chart: `${shortField(x)},${shortField(y)}` })}
                    toggle={(id) => setSelected((before) => (before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set(before).add(id)))}
                    close={() => go({ chart: undefined })}
                  />
                </Suspense>
              )}
            </div>
          )}
        </>
      )}
      {choosing && (
        <Suspense>
          <ColumnChooser
            {...{ experiments, columns }}
            pinned={view.pinned}
            apply={(next, pinned) => change({ columns: next, pinned })}
            usual={() => go({ cols: undefined, pin: undefined, width: undefined })}
            onClose={() => setChoosing(false)}
          />
        </Suspense>
      )}
    </div>
  );
}

/** What can stand on the axes of the chart. */
function plotted(columns: readonly Column[]): Column[] {
  const times = [column('attributes', 'start_time'), column('attributes', 'duration')];
  return [...columns.filter((of) => of.kind === 'metrics' || of.kind === 'params' || of.kind === 'tags'), ...times];
}

/** The first metric over the first param, as an address has it. */
function usualAxes(columns: readonly Column[]): string {
  const x = columns.find((of) => of.kind === 'params') ?? column('attributes', 'start_time');
  const y = columns.find((of) => of.kind === 'metrics') ?? columns.find((of) => isNumber(of)) ?? column('attributes', 'duration');
  return `${shortField(x)},${shortField(y)}`;
}

function readAxes(text: string | undefined): [Column, Column] | null {
  const [x, y] = splitList(text ?? '').map(readColumn);
  return x && y ? [x, y] : null;
}
