import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLive } from '../api/live';
import { stirOf } from './liveRuns';
import type { RunCells } from './runCells';
import type { RunsView } from './runsView';

/** The order is asked for anew at most this often when runs come and go... */
const orderEvery = 700;
/** ...and when only points came, which move runs that are sorted or filtered by a metric. */
const pointsEvery = 5_000;

/** Keeps a table of runs as the server has it: changed rows are asked for anew, and the order when runs came, went or may have moved. */
export function useLiveRuns(experiments: readonly string[], view: RunsView, cells: RunCells): void {
  const queries = useQueryClient();
  const timer = useRef<{ id: ReturnType<typeof setTimeout>; due: number } | null>(null);
  const missed = useRef(false);
  const byMetric = /metrics?\.|min\(|max\(|last\(|first|at\(|count\(/.test(view.filter) || view.sorts.some(({ column }) => column.kind === 'metrics');

  useEffect(() => {
    // A tab that nobody looks at asks for nothing, and for everything when it is looked at again.
    function looked(): void {
      if (document.hidden || !missed.current) return;
      missed.current = false;
      cells.stale('all');
      void queries.invalidateQueries({ queryKey: ['runs'] });
    }
    document.addEventListener('visibilitychange', looked);
    return () => {
      document.removeEventListener('visibilitychange', looked);
      clearTimeout(timer.current?.id);
    };
  }, [cells, queries]);

  function orderWithin(ms: number): void {
    const due = Date.now() + ms;
    if (timer.current && timer.current.due <= due) return;
    clearTimeout(timer.current?.id);
    timer.current = {
      due,
      id: setTimeout(() => {
        timer.current = null;
        void queries.invalidateQueries({ queryKey: ['runs', 'order'] });
      }, ms),
    };
  }

  useLive({ experiments }, (news) => {
    if (document.hidden) {
      missed.current = true;
      return;
    }
    const stir = stirOf(news);
    if (stir.all || stir.runs.size > 0) cells.stale(stir.all ? 'all' : stir.runs);
    if (stir.order) orderWithin(orderEvery);
    else if (byMetric && stir.runs.size > 0) orderWithin(pointsEvery);
    if (stir.order || stir.all) void queries.invalidateQueries({ queryKey: ['experiments', 'overview'] });
    if (stir.experiments) for (const id of experiments) void queries.invalidateQueries({ queryKey: ['experiment', id] });
    // A first run brings the first keys: until there are some, each change may.
    if (queries.getQueryData<readonly unknown[]>(['runs', 'varying', experiments])?.length === 0) void queries.invalidateQueries({ queryKey: ['runs', 'keys'] }).then(() => queries.invalidateQueries({ queryKey: ['runs', 'varying'] }));
  });
}
