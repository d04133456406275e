import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useLive } from '../api/live';
import type { News } from '../api/liveFeed';

/** What of a run changed. */
export interface RunChange {
  /** Keys that got points; `all` where they are not named. */
  keys: ReadonlySet<string> | 'all' | null;
  run: boolean;
  artifacts: boolean;
}

/** Takes news apart; what is not understood is taken for a change of everything. */
export function changeOf(news: readonly News[], runId: string): RunChange {
  const change: RunChange = { keys: null, run: false, artifacts: false };
  for (const { type, data } of news) {
    const said = parsed(data);
    // One stream serves all that this browser shows: what is about another run is not for this page.
    if (type === 'hello' || (typeof said.run_id === 'string' && said.run_id !== runId)) continue;
    if (type === 'metrics' || type === 'points') {
      const keys = namesOf(said.keys ?? said.metrics);
      if (keys === null || said.more === true || change.keys === 'all') change.keys = 'all';
      else change.keys = new Set([...(change.keys ?? []), ...keys]);
    } else if (type === 'change') {
      const kind = typeof said.kind === 'string' ? said.kind : '';
      change.run = true;
      change.artifacts ||= kind.startsWith('artifact') || kind === '';
    } else {
      change.run = change.artifacts = true;
      change.keys = 'all';
    }
  }
  return change;
}

function parsed(data: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(data);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function namesOf(list: unknown): string[] | null {
  if (!Array.isArray(list)) return null;
  return list.map((one: unknown) => (typeof one === 'string' ? one : String((one as { key?: unknown } | null)?.key ?? '')));
}

/** With many metrics the run itself is large: its latest values are asked for less often than the curves that are shown. */
const manyMetrics = 1_000;

/** Keeps what is shown of a run up to date, each part at most once a second. */
export function useRunNews(runId: string, metrics: number): void {
  const queries = useQueryClient();
  const state = useRef<{ keys: Set<string> | 'all' | null; run: boolean; artifacts: boolean; timer?: ReturnType<typeof setTimeout> | undefined; told: number; toldRun: number }>({ keys: null, run: false, artifacts: false, told: 0, toldRun: 0 });

  useEffect(() => () => clearTimeout(state.current.timer), []);

  function tell(): void {
    const now = state.current;
    now.timer = undefined;
    now.told = performance.now();
    const { keys, artifacts } = now;
    if (keys !== null) void queries.invalidateQueries({ queryKey: ['series', runId], predicate: ({ queryKey }) => keys === 'all' || keys.has(String(queryKey[2])) });
    if (artifacts) void queries.invalidateQueries({ queryKey: ['artifacts', runId] });
    const pause = metrics > manyMetrics ? 10_000 : 0;
    if (now.run || (keys !== null && now.told - now.toldRun >= pause)) {
      now.toldRun = now.told;
      void queries.invalidateQueries({ queryKey: ['run', runId] });
    }
    if (now.run) {
      void queries.invalidateQueries({ queryKey: ['notes', `run/${runId}`] });
      void queries.invalidateQueries({ queryKey: ['history', `run/${runId}`] });
    }
    now.keys = null;
    now.run = now.artifacts = false;
  }

  useLive({ runs: [runId] }, (news) => {
    const change = changeOf(news, runId);
    const now = state.current;
    if (change.keys === 'all' || now.keys === 'all') now.keys = change.keys === null && now.keys === null ? null : 'all';
    else if (change.keys !== null) now.keys = new Set([...(now.keys ?? []), ...change.keys]);
    now.run ||= change.run;
    now.artifacts ||= change.artifacts;
    if (now.keys === null && !now.run && !now.artifacts) return;
    now.timer ??= setTimeout(tell, Math.max(0, now.told + 1_000 - performance.now()));
  });
}
