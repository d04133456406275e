/** Packages of one source. */
export interface PackageList {
  from: string;
  packages: [string, string][];
}

/** What was noted of the program and its machine. */
export interface NotedProgram {
  facts: [string, string][];
  packages: [string, string][];
  variables: [string, string][];
}

/** Reads lists as `pip freeze`, `conda list` and their like write them: NAME==VERSION, NAME VERSION, NAME=VERSION=BUILD, NAME@VERSION. */
export function packagesOf(from: string, text: string | null): PackageList {
  const packages: [string, string][] = [];
  for (const raw of (text ?? '').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(@?[^\s=@<>~!;]+)\s*(?:@ (?<url>\S+)|(?:===?|[<>~!]=|@|\s|=)\s*(?<version>[^\s;=]+).*)?$/.exec(line);
    if (match) packages.push([match[1]!, match.groups?.version ?? match.groups?.url ?? '']);
    else packages.push([line, '']);
  }
  return { from, packages };
}

/** Reads environment.json of `slipway run` and of our SDK; null when it is none. */
export function programOf(text: string | null): NotedProgram | null {
  if (text === null) return null;
  let read: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return null;
    read = parsed as Record<string, unknown>;
  } catch {
    return null;
  }
  const facts: [string, string][] = [];
  for (const [name, value] of Object.entries(read)) {
    if (name === 'packages' || name === 'variables' || value === null) continue;
    const words = Array.isArray(value) ? value.map(String).join(name === 'command_line' ? ' ' : ', ') : typeof value === 'object' ? JSON.stringify(value) : String(value);
    facts.push([name[0]!.toUpperCase() + name.slice(1).replaceAll('_', ' '), words]);
  }
  return { facts, packages: pairs(read.packages), variables: pairs(read.variables) };
}

function pairs(value: unknown): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).map(([name, one]): [string, string] => [name, String(one)]);
}
