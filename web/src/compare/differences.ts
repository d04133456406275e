/** One row of a table of runs: what each has under a key; undefined when it has nothing. */
export interface Row {
  key: string;
  values: (string | undefined)[];
  differs: boolean;
}

/** Puts maps side by side, one row a key in the order of the keys. A key that only some have differs. */
export function sideBySide(columns: readonly ReadonlyMap<string, string>[]): Row[] {
  const keys = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return keys.map((key) => {
    const values = columns.map((column) => column.get(key));
    return { key, values, differs: values.some((value) => value !== values[0]) };
  });
}

/** The rows that are asked for: all, or only what differs; of those, the ones whose key or value holds a text. */
export function chosenRows(rows: readonly Row[], alike: boolean, text: string): Row[] {
  const wanted = text.trim().toLowerCase();
  return rows.filter((row) => (alike || row.differs) && (wanted === '' || row.key.toLowerCase().includes(wanted) || row.values.some((value) => value?.toLowerCase().includes(wanted))));
}

/** How a value stands against the baseline's: the difference of two numbers, else nothing. */
export function against(value: string | undefined, base: string | undefined): number | null {
  if (value === undefined || base === undefined || value.trim() === '' || base.trim() === '') return null;
  const difference = Number(value) - Number(base);
  return Number.isFinite(difference) && difference !== 0 ? difference : null;
}
