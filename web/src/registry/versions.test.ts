import { expect, test } from 'vitest';
import { bestOf, columnsOf, sections } from './comparison';
import { parts, textOf, variables } from './prompt';
import { storyOf } from './story';

test('a version leaves a slot before it comes to the next, and was made before all', () => {
  const story = storyOf({ version: '2', creation_timestamp: 5, user_id: 'ada' }, [
    { stage: 'Production', version: '2', from_ms: 20, from_actor: 'ben', from_reason: 'good' },
    { stage: 'Staging', version: '2', from_ms: 10, until_ms: 20, from_actor: 'ada', until_actor: 'ben' },
    { stage: 'Staging', version: '1', from_ms: 11 },
  ]);
  expect(story.map(({ what, at, by }) => `${what} ${at} ${by}`)).toEqual(['came 20 ben', 'left 20 ben', 'came 10 ada', 'made 5 ada']);
});

test('variables stand out in a prompt, each named once', () => {
  expect(variables('Hello {{ name }}, {{name}} of {{company.unit}}; {single} {{ 1x }}')).toEqual(['name', 'company.unit']);
  expect(parts('a {{b}} c')).toEqual([
    { text: 'a ', variable: false },
    { text: '{{b}}', variable: true },
    { text: ' c', variable: false },
  ]);
  expect(parts('')).toEqual([]);
});

test('a chat is read as its messages, and what only looks like one stays as it is', () => {
  const of = (text: string) => textOf({ tags: [{ key: 'mlflow.prompt.text', value: text }] });
  expect(of('[{"role":"system","content":"Be kind."},{"role":"user","content":"{{q}}"}]')).toBe('system:\nBe kind.\n\nuser:\n{{q}}');
  expect(of('[not json')).toBe('[not json');
  expect(of('[1, 2]')).toBe('[1, 2]');
});

test('signature, data and files are laid beside each other by name', () => {
  const section = (title: string) => sections.find((one) => one.title.startsWith(title))!;
  const one = {
    version: { version: '1' },
    package: { inputs: [{ name: 'distance', type: 'double', shape: '', required: false }, { name: '', type: 'string' }], files: [{ path: 'model.pkl', size: 1500, sha256: 'ab'.repeat(32) }] },
    run: { inputs: { dataset_inputs: [{ dataset: { name: 'flights', digest: 'd1' }, tags: [{ key: 'mlflow.data.context', value: 'training' }] }] } },
  };
  expect([...columnsOf(section('Signature'), [one])[0]!]).toEqual([
    ['input distance', 'double, optional'],
    ['input 1', 'string'],
  ]);
  expect([...columnsOf(section('Data'), [one])[0]!]).toEqual([['flights (training)', 'd1']]);
  expect(columnsOf(section('Files'), [one])[0]!.get('model.pkl')).toBe('abababababababab…, 1.5 kB');
});

test('highest and lowest are told only where numbers differ', () => {
  expect(bestOf(['0.9', '0.95', undefined, 'NaN'])).toEqual(['0.95', '0.9']);
  expect(bestOf(['1', '1.0'])).toEqual([undefined, undefined]);
  expect(bestOf(['1'])).toEqual([undefined, undefined]);
});
