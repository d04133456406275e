/** Where the SDK's capture puts what ran. */
export const environmentFile = 'environment/environment.json';

/** And what was not committed. */
export const diffFile = 'environment/uncommitted.diff';

/** What ran, flat: `command_line`, `system`, ... , `packages.NAME`, `variables.NAME`. Nothing for what is none. */
export function flatEnvironment(text: string | null): Map<string, string> {
  const flat = new Map<string, string>();
  if (text === null) return flat;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return flat;
  }
  if (typeof read !== 'object' || read === null) return flat;
  for (const [key, value] of Object.entries(read)) {
    if (Array.isArray(value)) flat.set(key, value.map(String).join(' '));
    else if (typeof value === 'object' && value !== null) for (const [name, one] of Object.entries(value)) flat.set(`${key}.${name}`, String(one));
    else if (value !== null) flat.set(key, String(value));
  }
  return flat;
}

/** Packages of a requirements file as MLflow's models carry it: `name==version` a line. */
export function requirements(text: string | null): Map<string, string> {
  const packages = new Map<string, string>();
  for (const line of (text ?? '').split('\n')) {
    const found = /^\s*([A-Za-z0-9_.\-[\]]+)\s*(?:([=<>!~]=?=?)\s*([^;#\s]+))?/.exec(line.replace(/#.*/, ''));
    if (found) packages.set(`packages.${found[1]!}`, found[3] === undefined ? 'any' : found[2] === '==' ? found[3] : `${found[2]}${found[3]}`);
  }
  return packages;
}
