/** Columns of a data set, from the forms in which clients write a schema. */
export function columnsOf(schema: string | undefined): { name: string; type: string }[] {
  const read = parsed(schema);
  const list = (read as { mlflow_colspec?: unknown } | null)?.mlflow_colspec ?? (read as { columns?: unknown } | null)?.columns ?? read;
  if (!Array.isArray(list)) return [];
  return list.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const { name, type } = one as { name?: unknown; type?: unknown };
    return typeof name === 'string' ? [{ name, type: typeof type === 'string' ? type : JSON.stringify(type ?? '') }] : [];
  });
}

/** What a profile says, as names and plain values. */
export function factsOf(profile: string | undefined): [string, string | number][] {
  const read = parsed(profile);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) return [];
  return Object.entries(read).slice(0, 40).map(([name, value]): [string, string | number] => [name, typeof value === 'number' || typeof value === 'string' ? value : JSON.stringify(value)]);
}

function parsed(text: string | undefined): unknown {
  try {
    return text ? (JSON.parse(text) as unknown) : null;
  } catch {
    return null;
  }
}
