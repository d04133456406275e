import { expect, test } from 'vitest';
import { changeOf } from './runNews';
import { commandOf, commitUrl } from './runs';
import { runSearch } from './runSearch';

test('a command is one that a shell takes', () => {
  expect(commandOf('["python","train.py","--note","two words","it\'s"]')).toBe("python train.py --note 'two words' 'it'\\''s'");
  expect(commandOf('not json')).toBeNull();
  expect(commandOf('[1]')).toBeNull();
});

test('commits are linked on known hosts only, and never to script', () => {
  expect(commitUrl('git@github.com:a/b.git', 'abc')).toBe('https://github.com/a/b/commit/abc');
  expect(commitUrl('https://gitlab.com/a/b/c', 'abc')).toBe('https://gitlab.com/a/b/c/-/commit/abc');
  for (const hostile of ['javascript:alert(1)//github.com/a/b', 'https://evil.example/github.com/a/b', 'https://github.com@evil.example/a/b', null]) expect(commitUrl(hostile, 'abc')).toBeNull();
});

test('an address is read, and what is none of it left out', () => {
  expect(runSearch({ tab: 'metrics', smooth: 0.6, x: 'time', from: 5, to: 9, chart: 12, path: 'a/b' })).toMatchObject({ tab: 'metrics', smooth: 0.6, x: 'time', from: 5, to: 9, chart: '12', path: 'a/b' });
  expect(Object.values(runSearch({ tab: 'x', smooth: 7, x: {}, from: 'NaN', clip: 3, log: 'yes', path: [] })).every((value) => value === undefined)).toBe(true);
});

test('news name the keys that are asked for anew; what is not understood is everything', () => {
  expect(changeOf([{ type: 'metrics', data: '{"run_id":"r","metrics":[{"key":"a"},{"key":"b"}]}' }], 'r').keys).toEqual(new Set(['a', 'b']));
  expect(changeOf([{ type: 'metrics', data: '{"run_id":"r","keys":["a"],"more":true}' }], 'r').keys).toBe('all');
  expect(changeOf([{ type: 'metrics', data: '{"run_id":"other","keys":["a"]}' }], 'r')).toEqual({ keys: null, run: false, artifacts: false });
  expect(changeOf([{ type: 'metrics', data: '{"run_id":"r","all":true}' }], 'r').keys).toBe('all');
  expect(changeOf([{ type: 'change', data: '{"run_id":"other","kind":"run.updated"}' }], 'r').run).toBe(false);
  expect(changeOf([{ type: 'change', data: '{"kind":"artifact.logged"}' }], 'r')).toMatchObject({ run: true, artifacts: true });
  expect(changeOf([{ type: 'reconnected', data: '' }], 'r')).toEqual({ keys: 'all', run: true, artifacts: true });
  expect(changeOf([{ type: 'hello', data: '{"position":1}' }], 'r').run).toBe(false);
});
