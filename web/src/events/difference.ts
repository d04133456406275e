/** A value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One place that changed; undefined where there was, or is, nothing. */
export interface Change {
  path: string;
  before: Json | undefined;
  after: Json | undefined;
}

/** What an event's details say: what changed, from what to what, and what else there is to know. */
export interface Details {
  changes: readonly Change[];
  facts: readonly { name: string; value: Json }[];
}

type JsonObject = { readonly [key: string]: Json };

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where two values differ: objects field by field, anything else as a whole. */
export function differences(before: Json | undefined, after: Json | undefined, path = ''): readonly Change[] {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => differences(own(before, name), own(after, name), path === '' ? name : `${path}.${name}`));
  }
  return same(before, after) ? [] : [{ path, before, after }];
}

function own(value: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function same(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
}

// Some details are texts that hold JSON: rules, lists.
function read(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/**
 * Reads the details of an event. What was before stands beside what is now in one of three ways: `before` and `after`, `NAME_before` and `NAME`, or
 * `OLD -> NEW` in one text. Text that is no JSON object is one fact.
 */
export function details(data: string | undefined): Details {
  if (data === undefined || data === '') return { changes: [], facts: [] };
  let parsed: Json;
  try {
    parsed = JSON.parse(data) as Json;
  } catch {
    parsed = data;
  }
  if (!isObject(parsed)) return { changes: [], facts: [{ name: '', value: parsed }] };
  const changes: Change[] = [];
  const facts: { name: string; value: Json }[] = [];
  const names = Object.keys(parsed);
  if (Object.hasOwn(parsed, 'before') || Object.hasOwn(parsed, 'after')) {
    changes.push(...differences(read(own(parsed, 'before')), read(own(parsed, 'after'))));
  }
  for (const name of names) {
    if (name === 'before' || name === 'after') continue;
    const value = parsed[name]!;
    const base = name.replace(/_before$/, '');
    if (base !== name) {
      // One that was taken away has no other half.
      if (!Object.hasOwn(parsed, base)) changes.push(...differences(read(value), undefined, base));
      continue;
    }
    if (Object.hasOwn(parsed, `${name}_before`)) {
      const old = read(parsed[`${name}_before`]);
      const now = read(value);
      // Only what is set is told with what it was: the rest of the old object did not change.
      const known = isObject(old) && isObject(now) ? Object.fromEntries(Object.entries(old).filter(([key]) => Object.hasOwn(now, key))) : old;
      changes.push(...differences(known, now, name));
      continue;
    }
    const turned = typeof value === 'string' ? /^(\S+) -> (\S+)$/.exec(value) : null;
    if (turned) changes.push({ path: name, before: turned[1], after: turned[2] });
    else facts.push({ name, value: read(value)! });
  }
  return { changes, facts };
}
