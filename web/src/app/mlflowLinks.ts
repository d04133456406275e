/**
 * The page here for a link of MLflow's pages, whose places lie behind `#`: its clients print "View run at HOST/#/experiments/1/runs/ID".
 * Null when the fragment is none.
 */
export function ofMlflow(hash: string): string | null {
  const path = /^#\/([^?]*)/.exec(hash)?.[1];
  if (path === undefined) return null;
  const run = /^experiments\/[^/]+\/runs\/([0-9A-Za-z_-]+)/.exec(path)?.[1];
  if (run !== undefined) return `/runs/${run}`;
  const experiment = /^experiments\/([0-9]+)/.exec(path)?.[1];
  if (experiment !== undefined) return `/experiments/${experiment}`;
  return path.startsWith('experiments') ? '/experiments' : '/';
}
