import { expect, test } from 'vitest';
import { expectedAt, operators, tokens, wordAt, wrongAt } from './filterLanguage';
import { seeded } from './seeded';

test.each([
  ['', 'field', ''],
  ['met', 'field', ''],
  ['metrics.loss ', 'operator', 'metrics.loss'],
  ['metrics.`a b` <', 'value', 'metrics.`a b`'],
  ['metrics.loss < 0.5 ', 'joint', 'metrics.loss'],
  ['metrics.loss < 0.5 AND ', 'field', 'metrics.loss'],
  ['NOT (params.a = \'x\' OR ', 'field', 'params.a'],
  ['min(', 'metric', 'min()'],
  ['min(metrics.loss', 'metric', 'min()'],
  ['min(metrics.loss) ', 'operator', 'min()'],
  ['first_step(metrics.loss < 0.1) < ', 'value', 'first_step()'],
  ['params.a IS ', 'is', 'params.a'],
  ['params.a IS NOT NULL ', 'joint', 'params.a'],
  ['status IN (', 'list', 'status'],
  ["status IN ('RUNNING', ", 'list', 'status'],
  ["status IN ('RUNNING') ", 'joint', 'status'],
  ["params.model = '", 'value', 'params.model'],
  ["params.model = 'a tr", 'value', 'params.model'],
  ["params.model = 'it''s' ", 'joint', 'params.model'],
  ["params.model IN ('a', 'b", 'list', 'params.model'],
])('in %s comes %s', (text, expected, field) => expect(expectedAt(text, text.length)).toMatchObject({ expected, field }));

test('the word being written is what is replaced', () => {
  expect(expectedAt('a = 1 AND metrics.lo', 20).from).toBe(10);
  expect(expectedAt('metrics.`val', 12).from).toBeLessThanOrEqual(8);
});

test('any text at all is cut into words that stand where they say', () => {
  const next = seeded(3);
  const signs = [...'ab1.`\'"(),<>=!~ %\n', 'AND', 'metrics.', 'é'];
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: Math.floor(next() * 14) }, () => signs[Math.floor(next() * signs.length)]).join('');
    for (const token of tokens(text)) expect(text.slice(token.from, token.to)).toBe(token.text);
    expect(tokens(text).map((token) => token.text).join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
    for (let at = 0; at <= text.length; at++) expect(expectedAt(text, at).from).toBeLessThanOrEqual(at);
  }
});

test('what the server says is found in the text', () => {
  const text = 'metrics.a > 1 OR OR';
  const said = `Invalid clause(s) in filter string: 'OR' at character 18, where a clause was expected. A filter is clauses.\n  ${text}\n                   ^`;
  const { at, text: sentence } = wrongAt(said);
  expect(at).toBe(17);
  expect(sentence).not.toContain('\n');
  expect(wordAt(text, at!)).toEqual({ from: 17, to: 19 });
  expect(wordAt(text, 400)).toEqual({ from: 17, to: 19 });
  expect(wordAt('', 0)).toEqual({ from: 0, to: 0 });
  expect(wrongAt('No.').at).toBeNull();
});

test('operators fit the field', () => {
  expect(operators('metrics.a')).toContain('IS NAN');
  expect(operators('min()')).not.toContain('LIKE');
  expect(operators('attributes.duration')).not.toContain('LIKE');
  expect(operators('params.a')).toContain('IS NULL');
  expect(operators('run_name')).not.toContain('IS NULL');
});
