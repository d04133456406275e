import { duration } from '../ui/format';
import type { ApprovalEntry, ApprovalRequest, InboxState } from './approvals';

/** Names of the inbox's parts. */
export const stateTitles: Readonly<Record<InboxState, string>> = {
  waiting: 'Waiting for you',
  open: 'Open',
  approved: 'Approved',
  done: 'Moved',
  rejected: 'Rejected',
  expired: 'Expired',
  withdrawn: 'Withdrawn',
};

/** What it means that there is nothing. */
export const noneTexts: Readonly<Record<InboxState, string>> = {
  waiting: 'When somebody asks that a version may go where a policy wants your role to approve, it is listed here.',
  open: 'A request is made on the page of a version, where a policy asks for approvals.',
  approved: 'Requests that enough people approved wait here until the version is moved.',
  done: 'Requests whose version was moved are listed here.',
  rejected: 'Requests that somebody rejected are listed here, with the reason.',
  expired: 'Requests that nobody decided in time are listed here.',
  withdrawn: 'Requests that were taken back are listed here.',
};

/** A state as a mark. */
export function stateLook(state: string): { look: 'good' | 'warn' | 'bad' | 'live' | ''; text: string } {
  switch (state) {
    case 'open':
      return { look: 'live', text: 'open' };
    case 'approved':
      return { look: 'good', text: 'approved, not moved yet' };
    case 'done':
      return { look: 'good', text: 'approved and moved' };
    case 'rejected':
      return { look: 'bad', text: 'rejected' };
    default:
      return { look: '', text: state };
  }
}

const did: Readonly<Record<string, string>> = {
  asked: 'asked',
  commented: 'commented',
  approved: 'approved',
  rejected: 'rejected',
  withdrawn: 'withdrew it',
  expired: 'It expired',
  evidence_changed: 'The evidence changed: approvals given before count no more',
  moved: 'The version was moved',
};

/** What happened, as a sentence without its end. */
export function entryText({ kind = '', by }: ApprovalEntry): string {
  const what = did[kind] ?? kind.replaceAll('_', ' ');
  return by && !/^[A-Z]/.test(what) ? `${by} ${what}` : by && kind === 'moved' ? `${what} by ${by}` : what;
}

/** How far the approvals are, one text for each role that is asked. */
export function needTexts({ needs }: ApprovalRequest): string[] {
  return (needs ?? []).map(({ role, count = 0, given = 0 }) => `${given} of ${count} approved${role === undefined ? '' : `, by ${role}`}`);
}

/** How long a request still lives; null once it is closed. */
export function leftText({ state, expires_ms: until }: ApprovalRequest, now: number): { text: string; soon: boolean } | null {
  if (state !== 'open' || until === undefined) return null;
  const left = until - now;
  if (left <= 0) return { text: 'expires now', soon: true };
  return { text: `expires in ${duration(left).split(' ').slice(0, 2).join(' ')}`, soon: left < 2 * 86_400_000 };
}
