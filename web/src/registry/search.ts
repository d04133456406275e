/** The parts of a model's page. */
export const modelTabs = { overview: 'Overview', versions: 'Versions', history: 'History', policies: 'Policies' } as const;

/** The parts of a version's page. */
export const versionTabs = { overview: 'Overview', files: 'Package', gates: 'Gates', evaluations: 'Evaluations', card: 'Card', history: 'History' } as const;

export type ModelTab = keyof typeof modelTabs;
export type VersionTab = keyof typeof versionTabs;

/** What the address says about the list. */
export interface ModelsSearch {
  q?: string | undefined;
  kind?: 'prompts' | undefined;
}

/** What the address says about a model. */
export interface ModelSearch {
  tab?: ModelTab | undefined;
  q?: string | undefined;
  /** The moment whose models are asked for. */
  at?: number | undefined;
  /** How much of the time line is shown: the last days; all of it if absent. */
  days?: number | undefined;
  /** Of a prompt: which version is read, and which one it is held against. */
  version?: string | undefined;
  against?: string | undefined;
}

/** What the address says about a version. */
export interface VersionSearch {
  tab?: VersionTab | undefined;
  q?: string | undefined;
}

/** What the address says about a comparison. */
export interface VersionsSearch {
  versions?: string | undefined;
  alike?: true | undefined;
  q?: string | undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
}

function whole(value: unknown): number | undefined {
  const read = typeof value === 'string' ? Number(value) : value;
  return typeof read === 'number' && Number.isSafeInteger(read) && read > 0 ? read : undefined;
}

function number(value: unknown): string | undefined {
  const read = whole(value);
  return read === undefined ? undefined : String(read);
}

function one<T extends object>(of: T, value: unknown): keyof T | undefined {
  return Object.keys(of).find((key) => key === value) as keyof T | undefined;
}

export function modelsSearch(search: Record<string, unknown>): ModelsSearch {
  return { q: text(search.q), kind: search.kind === 'prompts' ? 'prompts' : undefined };
}

export function modelSearch(search: Record<string, unknown>): ModelSearch {
  return { tab: one(modelTabs, search.tab), q: text(search.q), at: whole(search.at), days: whole(search.days), version: number(search.version), against: number(search.against) };
}

export function versionSearch(search: Record<string, unknown>): VersionSearch {
  return { tab: one(versionTabs, search.tab), q: text(search.q) };
}

/** Versions as `1,2,3`; what is no version is left out, and so is what is named twice. */
export function versionsSearch(search: Record<string, unknown>): VersionsSearch {
  return { versions: chosenVersions(text(search.versions)).join(',') || undefined, alike: search.alike === true || undefined, q: text(search.q) };
}

/** The versions that an address names. */
export function chosenVersions(list: string | undefined): string[] {
  const read = (list ?? '').split(',').flatMap((part) => (/^\d{1,9}$/.test(part.trim()) && Number(part) > 0 ? [String(Number(part))] : []));
  return [...new Set(read)].slice(0, versionsMax);
}

/** The most versions that are laid side by side. */
export const versionsMax = 12;
