import type { IconName } from '../ui/Icon';
import type { Lineage, LineageEdge, LineageNode } from './lineage';

/** A kind of thing: its word, its icon, and whether another system told of it. */
export interface Kind {
  word: string;
  icon: IconName;
  external: boolean;
}

const kinds: Readonly<Record<string, Kind>> = {
  dataset: { word: 'Data', icon: 'database', external: false },
  run: { word: 'Run', icon: 'flask', external: false },
  'logged-model': { word: 'Logged model', icon: 'file', external: false },
  'model-version': { word: 'Model version', icon: 'box', external: false },
  model: { word: 'Model', icon: 'box', external: false },
  endpoint: { word: 'Endpoint', icon: 'endpoint', external: false },
  job: { word: 'Job', icon: 'clock', external: true },
  data: { word: 'Data', icon: 'database', external: true },
};

export function kindOf(kind: string): Kind {
  return Object.hasOwn(kinds, kind) ? kinds[kind]! : { word: kind, icon: 'file', external: false };
}

/** The parts of an id, decoded: `model-version/a%20b/3` is of the kind `model-version` with `a b` and `3`; `@dev/` before it says that it is in another workspace. */
export function partsOf(id: string): { kind: string; parts: string[]; workspace: string | undefined } {
  const all = id.split('/');
  const workspace = all[0]?.startsWith('@') ? decoded(all.shift()!.slice(1)) : undefined;
  const [kind = '', ...rest] = all;
  return { kind, parts: rest.map(decoded), workspace };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The id of a thing, its names encoded. */
export function idOf(kind: string, ...parts: string[]): string {
  return [kind, ...parts.map(encodeURIComponent)].join('/');
}

/** Where a thing has a page of its own; null where only its lineage is known. */
export function pageOf(node: LineageNode, edges: readonly LineageEdge[] = []): string | null {
  const { kind, parts, workspace } = partsOf(node.id);
  // The pages show one workspace: what lies in another has no address here.
  if (workspace !== undefined) return null;
  const at = (index: number) => encodeURIComponent(parts[index] ?? '');
  switch (kind) {
    case 'run':
      return `/runs/${at(0)}`;
    case 'endpoint':
      return `/endpoints/${at(0)}`;
    case 'model':
      return `/models/${at(0)}`;
    case 'model-version':
      return `/models/${at(0)}/versions/${at(1)}`;
    case 'logged-model': {
      // It has no page of its own: the run that wrote it shows it.
      const run = edges.find((edge) => edge.to === node.id && edge.kind === 'wrote' && edge.from.startsWith('run/'))?.from;
      return run === undefined ? null : `/runs/${encodeURIComponent(partsOf(run).parts[0] ?? '')}?tab=artifacts`;
    }
    default:
      return null;
  }
}

/** What stands under the name of a node: the few facts that tell it from others. */
export function factsOf({ id, detail = {}, kind }: LineageNode): string {
  const text = (key: string) => (detail[key] === undefined || detail[key] === null || detail[key] === '' ? null : String(detail[key]));
  const of: (string | null)[] =
    kind === 'model-version'
      ? [`version ${partsOf(id).parts[1] ?? ''}`, text('stage') === 'None' ? null : text('stage'), text('aliases')]
      : kind === 'run'
        ? [text('experiment_name'), text('status')?.toLowerCase() ?? null]
        : kind === 'dataset'
          ? [text('digest'), text('source_type')]
          : [text('namespace'), text('state')?.toLowerCase() ?? null];
  const { workspace } = partsOf(id);
  return [workspace === undefined ? null : `in ${workspace}`, ...of].filter((one) => one !== null).join(' · ');
}

/** What an edge says, told from the cause. */
export const edgeWords: Readonly<Record<string, string>> = { read: 'read by', wrote: 'wrote', registered: 'registered as', copied: 'copied to', promoted: 'promoted to', same: 'is the same data as', serves: 'served by' };

/** What a lineage is about: one thing, or all versions of a model. */
export function rootsOf({ of, nodes }: Lineage): string[] {
  return nodes.some((node) => node.id === of) ? [of] : nodes.filter((node) => node.distance === 0).map((node) => node.id);
}

/** Everything before some things and everything after them, by the edges. */
export function aroundOf(of: readonly string[], edges: readonly LineageEdge[]): { up: Set<string>; down: Set<string> } {
  return { up: reached(of, edges, 'to', 'from'), down: reached(of, edges, 'from', 'to') };
}

function reached(of: readonly string[], edges: readonly LineageEdge[], at: 'from' | 'to', next: 'from' | 'to'): Set<string> {
  const along = new Map<string, string[]>();
  for (const edge of edges) along.set(edge[at], [...(along.get(edge[at]) ?? []), edge[next]]);
  const found = new Set<string>();
  const waiting = [...of];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    for (const other of along.get(one) ?? []) {
      if (of.includes(other) || found.has(other)) continue;
      found.add(other);
      waiting.push(other);
    }
  }
  return found;
}
