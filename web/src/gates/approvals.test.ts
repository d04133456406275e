import { expect, test } from 'vitest';
import { entryText, leftText, needTexts } from './approvalWords';
import { resultLook, slotName } from './gates';
import { placeText } from './policies';
import { approvalsSearch, policySearch } from './search';

test('a request says how far it is and how long it lives', () => {
  const request = { id: 1, model: 'm', version: '2', state: 'open', expires_ms: 3 * 86_400_000 };
  expect(leftText(request, 0)).toEqual({ text: 'expires in 3 d', soon: false });
  expect(leftText(request, 2.5 * 86_400_000)).toEqual({ text: 'expires in 12 h', soon: true });
  expect(leftText({ ...request, state: 'done' }, 0)).toBeNull();
  expect(needTexts({ ...request, needs: [{ role: 'approver', count: 2, given: 1 }] })).toEqual(['1 of 2 approved, by approver']);
});

test('what happened is told as people tell it', () => {
  expect(entryText({ kind: 'approved', by: 'ann' })).toBe('ann approved');
  expect(entryText({ kind: 'expired' })).toBe('It expired');
  expect(entryText({ kind: 'evidence_changed', by: 'bob' })).toBe('The evidence changed: approvals given before count no more');
  expect(entryText({ kind: 'moved', by: 'bob' })).toBe('The version was moved by bob');
  expect(entryText({ kind: 'brand_new', by: 'bob' })).toBe('bob brand new');
});

test('a claimed value does not look like a computed one', () => {
  expect(resultLook({ status: 'passed' }).look).toBe('good');
  expect(resultLook({ status: 'passed', claimed: true })).toEqual({ look: 'warn', text: 'passed, claimed' });
});

test('places have names', () => {
  expect(slotName({ alias: 'champion' })).toBe('@champion');
  expect(slotName({ stage: 'Production' })).toBe('Production');
  expect(placeText({ alias: 'champion' })).toBe('every model, alias @champion');
  expect(placeText({ model: 'm' })).toBe('m, every alias, stage and endpoint');
  expect(placeText({ model: 'm', endpoint: 'late' })).toBe('m, endpoint late');
});

test('an address says what makes sense, whatever is in it', () => {
  expect(approvalsSearch({ state: '<script>', model: 7 })).toEqual({ state: undefined, model: '7' });
  expect(policySearch({ version: -1, edit: 'yes', changes: '3', try: 4, model: {} })).toEqual({ version: undefined, edit: undefined, changes: 3, model: undefined, try: '4' });
});
