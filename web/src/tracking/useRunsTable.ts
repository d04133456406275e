import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { isNumber, type Column } from './columns';
import { RunCells } from './runCells';
import { groupedLines, plainLines, type Lines } from './runLines';
import { groupRuns, groupedMax, type RunGroup } from './runGroups';
import { RunOrder } from './runOrder';
import { askRows, orderQuery, varyingQuery } from './runQueries';
import { firstColumns, newestFirst, type RunsView } from './runsView';

/** The cells of this page, for as long as it is shown. */
export function useRunCells(): RunCells {
  const cells = useRef<RunCells>(undefined);
  return (cells.current ??= new RunCells(askRows));
}

/** The columns that are shown: the chosen ones, or the usual ones. What varies is asked for when the first rows are there: they are not to wait for it. */
export function useColumns(experiments: readonly string[], view: RunsView, ready: boolean): readonly Column[] {
  const varying = useQuery({ ...varyingQuery(experiments), enabled: view.columns === null && ready });
  return useMemo(() => view.columns ?? [...firstColumns(experiments.length > 1), ...(varying.data ?? [])], [view.columns, varying.data, experiments.length]);
}

/**
 * The order that is shown, and what came meanwhile. Rows do not move under the eyes of who reads further down: a newer order waits until it is asked
 * for, unless new runs belong at the top and the top is looked at.
 */
export function useOrder(experiments: readonly string[], view: RunsView, atTop: () => boolean) {
  const options = orderQuery(experiments, view);
  const query = useQuery({ ...options, placeholderData: keepPreviousData });
  const key = JSON.stringify(options.queryKey);
  const [held, setHeld] = useState<{ key: string; order: RunOrder } | null>(null);
  const force = useRef(false);
  const latest = query.isPlaceholderData ? undefined : query.data;
  let shown = held?.key === key ? held.order : undefined;
  if (latest !== undefined && latest !== shown) {
    // What is gone is gone at once; only rows that come or move wait.
    const may = force.current || shown === undefined || shown.count === 0 || (newestFirst(view) ? atTop() : false) || latest.count < shown.count;
    if (may) {
      force.current = false;
      shown = latest;
      setHeld({ key, order: latest });
    }
  }
  const waiting = latest !== undefined && shown !== undefined && latest !== shown ? latest : null;
  return {
    query,
    // Rows stay where they are while others are asked for, and when those are refused.
    order: shown ?? query.data ?? held?.order ?? RunOrder.none,
    waiting,
    news: useMemo(() => (waiting && shown ? waiting.without(shown) : 0), [waiting, shown]),
    /** The next order is shown whatever it moves: it is what was just done here. */
    takeNext: () => (force.current = true),
    showLatest: () => latest && setHeld({ key, order: latest }),
  };
}

/** What stands in the table: all runs, or groups of them as soon as their values are known. */
export function useLines(order: RunOrder, view: RunsView, columns: readonly Column[], cells: RunCells, open: ReadonlySet<string>): { lines: Lines; groups: readonly RunGroup[] | null; cut: boolean } {
  const version = useSyncExternalStore(cells.subscribe, cells.version);
  const by = view.group;
  const ids = useMemo(() => (by === null ? [] : order.ids(0, groupedMax)), [order, by]);
  const numbers = useMemo(() => columns.filter(isNumber), [columns]);
  const fields = useMemo(() => (by === null ? [] : [by.field, ...numbers.map((of) => of.field)]), [by, numbers]);
  const groups = useMemo(() => {
    if (by === null) return null;
    return cells.has(ids, [by.field]) ? groupRuns(ids, by, numbers, cells) : [];
    // eslint-disable-next-line react-hooks/exhaustive-deps -- version stands for what is in the cells
  }, [by, ids, numbers, cells, version]);
  useEffect(() => {
    if (by !== null && cells.problem === null) void cells.want(ids, fields);
  }, [by, ids, fields, cells, version]);
  const lines = useMemo(() => (groups === null ? plainLines(order) : groupedLines(groups, open)), [groups, order, open]);
  return { lines, groups, cut: by !== null && order.count > groupedMax };
}
