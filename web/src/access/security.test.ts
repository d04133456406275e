import { expect, test } from 'vitest';
import { findings } from './security';

const whole = { administrators: 2, cannot_sign_in_count: 0, cannot_sign_in: [], lasting_tokens_count: 0, lasting_tokens: [], unused_tokens_count: 0, unused_tokens: [] };

test('a whole installation has no weak finding and says what was looked at', () => {
  const found = findings(whole, false, false, true, false);
  expect(found.length).toBe(6);
  expect(found.filter((one) => one.weak)).toEqual([]);
});

test('each weakness is one finding with a reason and a way to mend it', () => {
  const found = findings({ ...whole, administrators: 1, cannot_sign_in_count: 1, cannot_sign_in: ['guest'], lasting_tokens_count: 150, lasting_tokens: [{ name: 'ci', owner: 'ann' }], unused_tokens_count: 2 }, false, false, false, false);
  const weak = found.filter((one) => one.weak);
  expect(weak.length).toBe(5);
  for (const one of weak) expect(one.why && one.mend).toBeTruthy();
  expect(weak[2]).toMatchObject({ what: '1 account can never sign in.', named: ['guest'], more: 0 });
  expect(weak[3]).toMatchObject({ what: '150 tokens are good for more than a year.', named: ['ci of ann'], more: 149 });
});

test('a server for one user is judged by who reaches it', () => {
  expect(findings(whole, true, false, false, true).some((one) => one.weak)).toBe(false);
  expect(findings(whole, true, true, false, true).filter((one) => one.weak).length).toBe(1);
  expect(findings(whole, true, false, false, false).filter((one) => one.weak).length).toBe(2);
});
