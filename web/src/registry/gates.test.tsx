import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/client';
import { ApprovalThread } from './ApprovalThread';
import { CheckResults } from '../gates/CheckResults';
import { blockedBy, byNeed, missing, needsOnlyPeople, type CheckResult } from '../gates/gates';

beforeEach(() => {
  // jsdom draws no dialogs.
  HTMLDialogElement.prototype.showModal = () => undefined;
  HTMLDialogElement.prototype.close = () => undefined;
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const checks: CheckResult[] = [
  { id: 'tags-1', check: 'tags', title: 'has the tag ticket', status: 'passed', policy: 'customers', policy_version: 3 },
  { id: 'scan-1', check: 'scan', title: 'is clean', status: 'waived', policy: 'customers', waiver: { by: 'grace', at_ms: 1_700_000_000_000, reason: '<b>known</b> and harmless' } },
  { id: 'metric-1', check: 'metric', title: 'accuracy at least 0.9', status: 'failed', message: 'accuracy is 0.87; at least 0.9 is asked.', remedy: 'slipway models evaluate flights 4 --dataset holdout', evidence: [{ name: 'value', value: '0.8712345678' }] },
  { id: 'approvals-1', check: 'approvals', title: 'two approvals', status: 'pending' },
];

test('what is missing comes first, and people alone are told from the rest', () => {
  expect(byNeed(checks).map(({ status }) => status)).toEqual(['failed', 'pending', 'waived', 'passed']);
  expect(missing(checks)).toHaveLength(2);
  expect(needsOnlyPeople(checks)).toBe(false);
  expect(needsOnlyPeople([checks[0]!, checks[3]!])).toBe(true);
  expect(needsOnlyPeople([checks[0]!])).toBe(false);
});

test('a blocked move is told by its checks, any other refusal is not', () => {
  expect(blockedBy(new Problem(409, 'RESOURCE_CONFLICT', 'no', { gates: { evaluation: 18, checks: [checks[2], 'nonsense'] } }))).toEqual([checks[2]]);
  expect(blockedBy(new Problem(409, 'RESOURCE_CONFLICT', 'Somebody was faster.', {}))).toBeNull();
  expect(blockedBy(new Error('away'))).toBeNull();
});

test('a check says what it found, what to do, and who waived it', () => {
  render(<CheckResults checks={checks} />);
  const all = screen.getAllByRole('listitem').map((one) => one.textContent ?? '');
  expect(all[0]).toContain('accuracy is 0.87');
  expect(all[0]).toContain('slipway models evaluate flights 4');
  expect(all[0]).toContain('0.87123');
  expect(all[2]).toContain('Waived by grace');
  // What people write is text.
  expect(all[2]).toContain('<b>known</b>');
});

function answering(answers: Record<string, unknown>) {
  const asked: { url: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    asked.push({ url: `${init.method} ${url}`, body: init.body === undefined ? undefined : JSON.parse(String(init.body)) });
    return Promise.resolve(new Response(JSON.stringify(answers[url] ?? {})));
  });
  return asked;
}

const request = {
  id: 7,
  state: 'open',
  asked_by: 'bob',
  alias: 'champion',
  evidence_digest: 'e1',
  needs: [{ role: 'approver', count: 2, given: 1 }],
  may_approve: true,
  entries: [
    { kind: 'asked', by: 'bob', at_ms: 1_700_000_000_000, text: 'better on short flights' },
    { kind: 'approved', by: 'ann', at_ms: 1_700_000_001_000, counts: false },
  ],
};

test('an approval is given for the evidence that was seen, and a rejection needs a reason', async () => {
  const asked = answering({ '/api/slipway/v1/approvals/7': request, '/api/slipway/v1/access/me': { name: 'cy', rights: [] } });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ApprovalThread model="flights" id={7} />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(screen.getByText('counts no more')).toBeDefined());
  expect(screen.getByText('1 of 2 approved, by approver')).toBeDefined();
  expect(screen.queryByRole('button', { name: 'Withdraw' })).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Approve' }));
  // The dialog's own button: it shows the evidence once more before it counts.
  const confirm = () => screen.getAllByRole('button', { name: 'Approve', hidden: true }).at(-1)!;
  await waitFor(() => expect(confirm().getAttribute('type')).toBe('submit'));
  await waitFor(() => expect(confirm().hasAttribute('disabled')).toBe(false));
  fireEvent.click(confirm());
  await waitFor(() => expect(asked.find(({ url }) => url === 'POST /api/slipway/v1/approvals/7/approve')?.body).toEqual({ evidence_digest: 'e1' }));
});

test('who asked cannot approve, and is told why', async () => {
  answering({ '/api/slipway/v1/approvals/7': { ...request, may_approve: false, may_not_because: 'Who asked cannot approve.' }, '/api/slipway/v1/access/me': { name: 'bob', rights: [] } });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ApprovalThread model="flights" id={7} />
    </QueryClientProvider>,
  );
  await waitFor(() => expect(screen.getByText('Who asked cannot approve.')).toBeDefined());
  expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
  await waitFor(() => expect(screen.getByRole('button', { name: 'Withdraw' })).toBeDefined());
});
