import { expect, test } from 'vitest';
import { steps } from './reasons';
import { rightWords, roles, rolesWith } from './words';

test('rights are told in words and denials come last', () => {
  const told = steps([
    "A denial of the group 'Audit' takes every right to the experiment, whatever else gives one.",
    "The role contributor of the group 'ReadExperiments' gives ReadExperiments, Audit.",
    "'ben' has no role and no grant here.",
  ]);
  expect(told.map((step) => step.effect)).toEqual(['gives', 'says', 'takes']);
  expect(told[0]!.text).toBe("The role contributor of the group 'ReadExperiments' lets one see experiments and their runs, read the event log.");
  expect(told[2]!.text).toContain("'Audit'");
});

test('a disabled account takes everything', () => expect(steps(['The account is disabled: every attempt to sign in is refused.'])[0]!.effect).toBe('takes'));

test('a denial that has no effect takes nothing', () => expect(steps(['A denial has no effect on an administrator.'])[0]!.effect).toBe('says'));

test('every right of a role is known in words, and roles with a right have it', () => {
  for (const role of roles) for (const right of role.rights) expect(rightWords[right]).toBeDefined();
  for (const right of Object.keys(rightWords)) for (const name of rolesWith(right)) expect(roles.find((role) => role.name === name)!.rights).toContain(right);
  expect(rolesWith('Audit')).toEqual(['auditor', 'admin']);
  expect(rolesWith('Administer')).toEqual([]);
});
