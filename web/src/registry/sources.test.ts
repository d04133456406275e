import { expect, test } from 'vitest';
import { sourcesOf } from './sources';

test('the newest logged model comes first, then folders, each once', () => {
  const history = JSON.stringify([{ artifact_path: 'model' }, { artifact_path: 'best' }, { artifact_path: 'model' }, { nothing: 1 }, null]);
  expect(sourcesOf('r1', history, ['m-1', 'm-2']).map(({ source }) => source)).toEqual(['models:/m-2', 'models:/m-1', 'runs:/r1/model', 'runs:/r1/best']);
  expect(sourcesOf('r1', history, ['m-2'])[0]?.model).toBe('m-2');
});

test('a note that is none leaves nothing', () => {
  expect(sourcesOf('r1', null, [])).toEqual([]);
  expect(sourcesOf('r1', '{not json', [])).toEqual([]);
  expect(sourcesOf('r1', '"text"', [])).toEqual([]);
});
