const ways = ['drop', 'hash', 'mask'];

/** Columns and what is done to them, one a line, for a person to change. */
export function columnsText(columns: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(columns ?? {})
    .map(([column, way]) => `${column} ${way}`)
    .join('\n');
}

/** Reads such lines; null where one of them is none. A column's name may have spaces: the last word says what is done. */
export function readColumns(text: string): Record<string, string> | null {
  const read: Record<string, string> = {};
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const at = line.trim().lastIndexOf(' ');
    const [column, way] = [line.trim().slice(0, Math.max(0, at)).trim(), line.trim().slice(at + 1)];
    if (column === '' || !ways.includes(way)) return null;
    read[column] = way;
  }
  return read;
}
