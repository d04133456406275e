import { expect, test } from 'vitest';
import { emptyRule, readRules, ruleText } from './inputRules';

test('rules are read back as they were written', () => {
  const rules = [{ column: 'age', min: 0, max: 120, action: 'reject' }, { column: 'plan', categories: ['basic', 'pro'], action: 'warn' }];
  expect(readRules([...rules.map(ruleText), emptyRule])).toEqual({ rules });
});

test('what is no rule says why', () => {
  expect(readRules([{ ...emptyRule, column: 'a' }])).toHaveProperty('wrong');
  expect(readRules([{ ...emptyRule, column: 'a', min: 'x' }])).toHaveProperty('wrong');
  expect(readRules([{ ...emptyRule, column: 'a', min: '2', max: '1' }])).toHaveProperty('wrong');
});
