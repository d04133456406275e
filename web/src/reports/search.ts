/** What the address says about the list of reports. */
export interface ReportsSearch {
  q?: string | undefined;
  deleted?: true | undefined;
}

/** What the address says about one of them. */
export interface ReportSearch {
  /** An older version; absent for the newest. */
  version?: number | undefined;
}

/** Reads the address of the list. */
export function reportsSearch(search: Record<string, unknown>): ReportsSearch {
  const q = typeof search.q === 'number' ? String(search.q) : search.q;
  return { q: typeof q === 'string' && q !== '' ? q : undefined, deleted: search.deleted === true || undefined };
}

/** Reads the address of a report. */
export function reportSearch(search: Record<string, unknown>): ReportSearch {
  const version = Number(search.version);
  return { version: Number.isInteger(version) && version > 0 ? version : undefined };
}
