import { expect, test } from 'vitest';
import { told } from './history';

test('what was before stands beside what is now', () => {
  expect(told('run.updated', '{"status":"FINISHED","status_before":"RUNNING"}')).toEqual({ title: 'Run changed', lines: [{ name: 'status', before: 'RUNNING', after: 'FINISHED' }] });
  expect(told('run.logged', '{"tags":{"team":"b","new":"x"},"tags_before":{"team":"a"}}').lines).toEqual([
    { name: 'team', before: 'a', after: 'b' },
    { name: 'new', before: undefined, after: 'x' },
  ]);
  expect(told('run.untagged', '{"key":"team","before":"a"}')).toEqual({ title: 'Tag removed', lines: [{ name: 'team', before: 'a', after: undefined }] });
});

test('kinds and data of other versions are told as they are', () => {
  expect(told('thing.moved_far', undefined)).toEqual({ title: 'Thing moved far', lines: [] });
  expect(told('run.logged', 'not json').lines).toEqual([]);
  expect(told('run.created', '[1]').lines).toEqual([]);
  expect(told('run.logged', '{"cut":true,"bytes":7173,"sha256":"1c","start":"{\\"params\\":"}').lines).toEqual([{ name: 'too long to be kept whole, begins', after: '{"params":' }]);
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'v']));
  expect(told('run.logged', JSON.stringify({ params: many })).lines.at(-1)).toEqual({ name: 'and 70 more' });
});
