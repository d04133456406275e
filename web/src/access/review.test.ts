import { expect, test } from 'vitest';
import { accounts } from './review';
import { findings } from './security';

test('accounts and tokens in order are sound', () => {
  const items = accounts({ administrators: 2, cannot_sign_in_count: 0, lasting_tokens_count: 0, unused_tokens_count: 0 });
  expect(items.map((item) => item.severity)).toEqual(['ok', 'ok', 'ok', 'ok']);
});

test('each weakness names what it is about and how to mend it', () => {
  const found = findings(accounts({ administrators: 0, cannot_sign_in_count: 1, cannot_sign_in: ['guest'], lasting_tokens_count: 1, lasting_tokens: [{ name: 'ci', owner: 'ann' }], unused_tokens_count: 2, unused_tokens: [] }));
  expect(found.map((one) => one.severity)).toEqual(['high', 'medium', 'low', 'low']);
  expect(found[1]).toMatchObject({ what: '1 are good for more than a year: ci of ann.', to: '/settings/tokens' });
  for (const one of found) expect(one.mend).toBeTruthy();
});
