import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useCallback, useMemo, useRef, useState } from 'react';
import { count } from '../ui/format';
import { Empty, Failed, Loading } from '../ui/States';
import { writeColumns, writeSorts, writeWidths, viewOf, type RunsSearch } from './runsView';
import { shortField } from './columns';
import { RunsTable } from './RunsTable';
import type { TableChange } from './RunsHeadCell';
import { useColumns, useLines, useOrder, useRunCells } from './useRunsTable';
import './RunsPage.css';

/** The runs of one or several experiments. */
export function RunsPage() {
  const { ids } = useParams({ from: '/experiments/$ids' });
  // Another experiment is another page: nothing that was selected or opened there stays.
  return <Runs key={ids} experiments={ids.split(',')} />;
}

const none: ReadonlySet<string> = new Set();

function Runs({ experiments: given }: { experiments: readonly string[] }) {
  const [experiments] = useState(given);
  const search = useSearch({ from: '/experiments/$ids' });
  const navigate = useNavigate({ from: '/experiments/$ids' });
  const view = useMemo(() => viewOf(search), [search]);
  const cells = useRunCells();
  const scroller = useRef<HTMLDivElement>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(none);
  const [open, setOpen] = useState<ReadonlySet<string>>(none);

  const { columns } = useColumns(experiments, view);
  const { query, order, waiting, news, showLatest } = useOrder(experiments, view, () => (scroller.current?.scrollTop ?? 0) < 4);
  const { lines } = useLines(order, view, columns, cells, open);
  const always = useMemo(() => (view.baseline === null ? [] : [view.baseline]), [view.baseline]);

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

  return (
    <div className="page full runs-page">
      {query.error && query.data === undefined && <Failed problem={query.error} retry={() => void query.refetch()} />}
      {query.isPending ? (
        <Loading lines={10} height="2rem" />
      ) : order.count === 0 ? (
        <Empty title="No run" />
      ) : (
        <>
          {waiting && (
            <button
              type="button"
              className="button runs-page-news"
              onClick={() => {
                showLatest();
                scroller.current?.scrollTo({ top: 0 });
              }}
            >
              {news > 0 ? `${count(news)} new ${news === 1 ? 'run' : 'runs'}` : 'The order has changed'}: show
            </button>
          )}
          <RunsTable
            label="Runs"
            {...{ lines, columns, cells, always, selected, change }}
            pinned={view.pinned}
            widths={view.widths}
            sorts={view.sorts}
            group={view.group}
            baseline={view.baseline}
            all={selected.size > 0 && selected.size === order.count}
            busy={query.isFetching}
            select={(next) => setSelected(next === 'all' ? new Set(order.ids()) : next)}
            open={openGroup}
            scroller={scroller}
          />
        </>
      )}
    </div>
  );
}
