const key = 'slipway.filters';
const max = 15;

/** Filters that were applied in this browser, the newest first. */
export function recentFilters(): readonly string[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(read) ? read.filter((one): one is string => typeof one === 'string').slice(0, max) : [];
  } catch {
    return [];
  }
}

/** Remembers one. */
export function rememberFilter(filter: string): void {
  const text = filter.trim();
  if (text === '' || text.length > 2000) return;
  try {
    localStorage.setItem(key, JSON.stringify([text, ...recentFilters().filter((one) => one !== text)].slice(0, max)));
  } catch {
    // Storage is full or switched off: nothing is remembered.
  }
}
