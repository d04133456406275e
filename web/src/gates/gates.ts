import { Problem, type Wire } from '../api/client';

/** How one check of a policy stands for a version. */
export type CheckResult = Wire['GateCheckResult'];

/** What a slot asks of a version, as it is now. */
export type Checklist = Wire['GateChecklist'];

/** A slot as one text: aliases as addresses of models write them. */
export function slotName({ stage, alias, endpoint }: { stage?: string | undefined; alias?: string | undefined; endpoint?: string | undefined }): string {
  return endpoint ? `endpoint ${endpoint}` : alias ? `@${alias}` : (stage ?? '');
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

const order = { failed: 0, pending: 1, waived: 2, passed: 3 } as Readonly<Record<string, number>>;

/** What is missing first: a reader has to do something about that. */
export function byNeed(checks: readonly CheckResult[]): CheckResult[] {
  return [...checks].sort((a, b) => (order[a.status ?? ''] ?? 0) - (order[b.status ?? ''] ?? 0));
}

/** The checks that do not pass. */
export function missing(checks: readonly CheckResult[]): CheckResult[] {
  return checks.filter(({ status }) => status !== 'passed' && status !== 'waived');
}

/** Whether nothing but people stands between a version and its place. */
export function needsOnlyPeople(checks: readonly CheckResult[]): boolean {
  const lacking = missing(checks);
  return lacking.length > 0 && lacking.every(({ check }) => check === 'approvals');
}

/** The checks that a blocked move did not pass, as its answer lists them; null for any other failure. */
export function blockedBy(problem: unknown): CheckResult[] | null {
  if (!(problem instanceof Problem)) return null;
  const gates = (problem.body as { gates?: { checks?: unknown } } | null)?.gates;
  return Array.isArray(gates?.checks) ? gates.checks.filter((one: unknown): one is CheckResult => typeof one === 'object' && one !== null) : null;
}
