import type { News } from '../api/liveFeed';

/** What news mean for a table of runs. */
export interface Stir {
  /** Runs whose cells may have changed. */
  runs: ReadonlySet<string>;
  /** Runs may have come, gone or changed their place for reasons other than new points. */
  order: boolean;
  /** The experiments themselves changed. */
  experiments: boolean;
  /** News were missed: everything may have changed. */
  all: boolean;
}

/** Reads what a stream told. What is not understood is taken as a change of everything, so that nothing stays old on the screen. */
export function stirOf(news: readonly News[]): Stir {
  const runs = new Set<string>();
  let order = false;
  let experiments = false;
  let all = false;
  for (const { type, data } of news) {
    if (type === 'hello') continue;
    const told = type === 'reconnected' || type === 'resync' ? null : parsed(data);
    if (told === null) {
      all = true;
      continue;
    }
    for (const id of [told.run_id, ...(Array.isArray(told.run_ids) ? told.run_ids : [])]) if (typeof id === 'string') runs.add(id);
    if (told.more === true && type === 'points') all = true;
    if (type === 'metrics' && told.all === true && typeof told.run_id !== 'string') all = true;
    if (type !== 'change') continue;
    // One edit of several runs: which ones, it says only of the first few.
    if (told.kind === 'run.edited') all = true;
    const [kind, id] = typeof told.subject === 'string' ? told.subject.split('/', 2) : [];
    if (kind === 'run' && id) runs.add(id);
    if (kind === 'experiment') experiments = true;
    order ||= kind === 'run' || kind === undefined;
  }
  return { runs, order: order || all, experiments: experiments || all, all };
}

function parsed(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
