/** How one check of a policy stands for a version. */
export interface CheckResult {
  policy?: string;
  policy_version?: number;
  id?: string;
  check?: string;
  title?: string;
  status?: string;
  claimed?: boolean;
  message?: string;
  remedy?: string;
  evidence?: { name?: string; value?: string }[];
  waiver?: Waiver;
}

/** A check that somebody let pass, for all to see. */
export interface Waiver {
  id?: number;
  policy?: string;
  check?: string;
  reason?: string;
  by?: string;
  at_ms?: number;
  revoked_ms?: number;
  revoked_by?: string;
  revoked_reason?: string;
}

/** What a slot asks of a version, as it is now. */
export interface Checklist {
  stage?: string;
  alias?: string;
  passed?: boolean;
  stands_there?: string;
  protected_by?: string;
  evidence_digest?: string;
  policies?: { name?: string; version?: number }[];
  checks?: CheckResult[];
}

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
