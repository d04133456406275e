import { expect, test } from 'vitest';
import { snippet } from './Connect';

test('a name with quotes stays one name in each language', () => {
  const name = `it's "here"; rm -rf /`;
  expect(snippet('Python', 'http://x', name, false)).toContain(String.raw`mlflow.set_experiment("it's \"here\"; rm -rf /")`);
  expect(snippet('.NET', 'http://x', name, false)).toContain(String.raw`StartRunAsync("it's \"here\"; rm -rf /")`);
  expect(snippet('Command line', 'http://x', name, false)).toContain(String.raw`--experiment 'it'\''s "here"; rm -rf /'`);
});

test('a token is asked for where somebody is asked who they are', () => {
  expect(snippet('Python', 'http://x', 'a', true)).toContain('MLFLOW_TRACKING_TOKEN');
  expect(snippet('Python', 'http://x', 'a', false)).not.toContain('TOKEN');
});
