import type { Wire } from '../api/client';

/** How one check of a policy stands for a version. */
export type CheckResult = Wire['GateCheckResult'];

/** What a slot asks of a version, as it is now. */
export type Checklist = Wire['GateChecklist'];

/** A slot as one text: aliases as addresses of models write them. */
export function slotName({ stage, alias }: { stage?: string | undefined; alias?: string | undefined }): string {
  return alias ? `@${alias}` : (stage ?? '');
}

/** A result in one word, and how it looks. */
export function resultLook({ status, claimed }: CheckResult): { look: 'good' | 'warn' | 'bad' | ''; text: string } {
  switch (status) {
    case 'passed':
      return claimed ? { look: 'warn', text: 'passed, claimed' } : { look: 'good', text: 'passed' };
    case 'waived':
      return { look: 'warn', text: 'waived' };
    case 'pending':
      return { look: '', text: 'pending' };
    case 'failed':
      return { look: 'bad', text: 'failed' };
    default:
      return { look: '', text: status ?? '' };
  }
}
