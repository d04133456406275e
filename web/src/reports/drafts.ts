/** What somebody wrote and did not save yet. */
export interface Draft {
  title: string;
  text: string;
  /** The version it was written over. */
  version: number;
  at: number;
}

const prefix = 'slipway.draft.report.';
const kept = 20;

/** The draft of a report in this browser, or null. */
export function readDraft(id: string): Draft | null {
  try {
    const read = JSON.parse(localStorage.getItem(prefix + id) ?? 'null') as Partial<Draft> | null;
    return read !== null && typeof read.title === 'string' && typeof read.text === 'string' && typeof read.version === 'number' ? { title: read.title, text: read.text, version: read.version, at: Number(read.at ?? 0) } : null;
  } catch {
    return null;
  }
}

/** Keeps a draft; false when the browser has no room or keeps nothing, so that nobody believes it does. */
export function keepDraft(id: string, draft: Draft): boolean {
  try {
    localStorage.setItem(prefix + id, JSON.stringify(draft));
    forgetOldest();
    return true;
  } catch {
    return false;
  }
}

/** Forgets it: it is saved, or was thrown away. */
export function dropDraft(id: string): void {
  try {
    localStorage.removeItem(prefix + id);
  } catch {
    // There is none then.
  }
}

function forgetOldest(): void {
  const drafts = Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  if (drafts.length <= kept) return;
  const age = (key: string) => readDraft(key.slice(prefix.length))?.at ?? 0;
  for (const key of drafts.sort((a, b) => age(b) - age(a)).slice(kept)) localStorage.removeItem(key);
}
