import { expect, test } from 'vitest';
import { snippet, type Called } from './snippets';

const called: Called = {
  origin: 'http://x:5000',
  endpoint: 'late',
  token: false,
  model: 'models:/late@champion',
  asked: { inputs: [{ name: `it's "x"`, type: 'string' }, { name: 'on', type: 'boolean' }], rows: [[`a'b"c null`, true]], tensors: [] },
};

test('a shell takes the body for one word, whatever stands in it', () => {
  const text = snippet('curl', 'mlflow', called);
  expect(text).toContain('curl http://x:5000/endpoints/late/invocations');
  const quoted = text.slice(text.indexOf("-d '") + 4, -1);
  expect(JSON.parse(quoted.replaceAll(`'\\''`, "'"))).toEqual({ dataframe_split: { columns: [`it's "x"`, 'on'], data: [[`a'b"c null`, true]] } });
});

test('Python has its own words for true and null, but not inside of texts', () => {
  const text = snippet('python', 'tfserving', called);
  expect(text).toContain('True');
  expect(text).toContain(String.raw`a'b\"c null`);
  expect(text).not.toMatch(/: true/);
});

test('a token is asked for where somebody is asked who they are', () => {
  for (const language of ['curl', 'python', 'dotnet', 'client'] as const) {
    expect(snippet(language, 'oip', called)).not.toMatch(/Bearer/);
    expect(snippet(language, 'oip', { ...called, token: true })).toMatch(/Bearer/);
  }
});
