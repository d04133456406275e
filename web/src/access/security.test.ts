import { expect, test } from 'vitest';
import { findings, severities, summary } from './security';

test('the gravest comes first, and what is not known counts as grave', () => {
  const found = findings([{ severity: 'ok', title: 'a' }, { severity: 'low', title: 'b' }, { severity: 'catastrophic', title: 'c' }, { severity: 'medium', title: 'd' }, { severity: 'high', title: 'e' }, {}]);
  expect(found.map((one) => one.severity)).toEqual(['high', 'high', 'high', 'medium', 'low', 'ok']);
  expect(new Set(found.map((one) => one.id)).size).toBe(6);
});

test('what can be mended here says where, what is sound leads nowhere', () => {
  expect(findings([{ id: 'unused-tokens', severity: 'low' }])[0]!.to).toBe('/settings/tokens');
  expect(findings([{ id: 'administrator', severity: 'high' }])[0]!.to).toBe('/settings/members');
  expect(findings([{ id: 'administrator', severity: 'ok' }])[0]!.to).toBeUndefined();
  expect(findings([{ id: 'tls-key', severity: 'high' }])[0]!.to).toBeUndefined();
});

test.each([
  [['ok', 'ok'], '2 things were looked at, and none of them is weak.'],
  [['ok', 'low'], '1 of 2 things that were looked at is weaker than need be, none of them gravely.'],
  [['high', 'low', 'ok'], '2 of 3 things that were looked at are weaker than need be, 1 gravely.'],
  [['high', 'high'], '2 of 2 things that were looked at are weaker than need be, all gravely.'],
])('%s in one sentence', (given, sentence) => expect(summary(findings(given.map((severity) => ({ severity }))))).toBe(sentence));

test('every severity has words', () => {
  for (const one of severities) expect(one.label).not.toBe('');
});
