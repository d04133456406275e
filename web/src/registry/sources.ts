/** Files that a version can be made of. */
export interface Source {
  source: string;
  label: string;
  model?: string | undefined;
}

/** What a run left that looks like a model: the logged models it made, and the folders that its client noted. The first is the likeliest. */
export function sourcesOf(run: string, history: string | null, models: readonly string[]): Source[] {
  const logged = models.map((model): Source => ({ source: `models:/${model}`, label: 'logged model', model }));
  const folders = pathsOf(history).map((path): Source => ({ source: `runs:/${run}/${path}`, label: 'folder of the run' }));
  const all = [...logged.reverse(), ...folders.reverse()];
  return all.filter((one, index) => all.findIndex((other) => other.source === one.source) === index).slice(0, 100);
}

function pathsOf(history: string | null): string[] {
  try {
    const read: unknown = JSON.parse(history ?? '[]');
    return Array.isArray(read) ? read.flatMap((one: unknown) => (typeof (one as { artifact_path?: unknown } | null)?.artifact_path === 'string' ? [(one as { artifact_path: string }).artifact_path] : [])) : [];
  } catch {
    return [];
  }
}
