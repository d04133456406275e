import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { readSeries, type Axis, type Series } from './series';

/** What charts ask for: one series of one run. */
export interface SeriesAsk {
  run: string;
  key: string;
  axis: Axis;
  from?: number | undefined;
  to?: number | undefined;
  buckets: number;
}

interface Waiting extends SeriesAsk {
  done: (series: Series) => void;
  failed: (problem: unknown) => void;
  signal: AbortSignal;
}

/** Series of one request: enough for a screen of charts, few enough that the first is soon there. */
const togetherMax = 24;
let waiting: Waiting[] = [];

/** Charts that appear in one moment are asked for in one request. */
function ask(one: SeriesAsk, signal: AbortSignal): Promise<Series> {
  return new Promise((done, failed) => {
    waiting.push({ ...one, done, failed, signal });
    if (waiting.length === 1) setTimeout(flush, 0);
  });
}

function flush(): void {
  const groups = new Map<string, Waiting[]>();
  for (const one of waiting.filter(({ signal }) => !signal.aborted)) {
    const like = `${one.axis} ${one.from} ${one.to} ${one.buckets}`;
    groups.set(like, [...(groups.get(like) ?? []), one]);
  }
  waiting = [];
  for (const group of groups.values()) for (let at = 0; at < group.length; at += togetherMax) void read(group.slice(at, at + togetherMax));
}

async function read(group: readonly Waiting[]): Promise<void> {
  const { buckets, axis, from, to } = group[0]!;
  const stop = new AbortController();
  for (const { signal } of group) signal.addEventListener('abort', () => group.every((one) => one.signal.aborted) && stop.abort());
  try {
    const series = await readSeries(group.map(({ run, key }) => ({ run_id: run, key })), buckets, axis, { from, to }, stop.signal);
    group.forEach((one, index) => one.done(series[index]!));
  } catch (problem) {
    group.forEach((one) => one.failed(problem));
  }
}

/** One series; an older one stays while a newer one comes. */
export function seriesQuery(one: SeriesAsk) {
  return queryOptions({
    queryKey: ['series', one.run, one.key, one.axis, one.from, one.to, one.buckets],
    queryFn: ({ signal }) => ask(one, signal),
    staleTime: 60_000,
    gcTime: 120_000,
    structuralSharing: false,
    placeholderData: keepPreviousData,
  });
}
