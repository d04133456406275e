import type { InboxState } from './approvals';

const inbox = ['waiting', 'open', 'approved', 'done', 'rejected', 'expired', 'withdrawn'];

/** Which requests the inbox shows. */
export function approvalsSearch(search: Record<string, unknown>): { state?: InboxState | undefined; model?: string | undefined } {
  return { state: inbox.includes(String(search.state)) && search.state !== 'waiting' ? (search.state as InboxState) : undefined, model: text(search.model) };
}

/** What the page of a policy shows: an older version, the editor, the changes of a version, and which version of which model it is tried on. */
export interface PolicySearch {
  version?: number | undefined;
  edit?: boolean | undefined;
  changes?: number | undefined;
  model?: string | undefined;
  try?: string | undefined;
}

export function policySearch(search: Record<string, unknown>): PolicySearch {
  return { version: number(search.version), edit: search.edit === true || undefined, changes: number(search.changes), model: text(search.model), try: number(search.try)?.toString() };
}

function number(value: unknown): number | undefined {
  const read = typeof value === 'number' || typeof value === 'string' ? Number(value) : NaN;
  return Number.isSafeInteger(read) && read > 0 ? read : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
}
