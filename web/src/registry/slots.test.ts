import { expect, test } from 'vitest';
import { newestOf, plainTags, stagesOf } from './models';
import { earlier, productionSlot, standing } from './slots';

const model = {
  name: 'flights',
  aliases: [
    { alias: 'zeta', version: '1' },
    { alias: 'champion', version: '3' },
  ],
  latest_versions: [
    { version: '9', current_stage: 'None' },
    { version: '10', current_stage: 'Archived' },
    { version: '3', current_stage: 'Production' },
    { version: '4', current_stage: 'Staging' },
  ],
};

test('what stands somewhere is told by its weight: champion, Production, aliases, Staging', () => {
  expect(standing(model).map(({ slot, version }) => `${slot.name} ${version}`)).toEqual(['champion 3', 'Production 3', 'zeta 1', 'Staging 4']);
});

test('production is behind the champion, or else in the stage', () => {
  expect(productionSlot(model)).toEqual({ kind: 'alias', name: 'champion' });
  expect(productionSlot({ aliases: [{ alias: 'other', version: '1' }] })).toEqual({ kind: 'stage', name: 'Production' });
});

test('a rollback leads to the last other version that was not rolled back from', () => {
  const stays = [
    { alias: 'champion', version: '5' },
    { alias: 'champion', version: '4', rolled_back: true },
    { alias: 'champion', version: '3' },
    { alias: 'champion', version: '5' },
    { alias: 'champion', version: '3' },
    { alias: 'champion', version: '1' },
  ];
  expect(earlier(stays, '5')).toEqual(['3', '1']);
  expect(earlier([], '5')).toEqual([]);
});

test('the newest version is the one with the highest number, in whichever stage', () => {
  expect(newestOf(model)?.version).toBe('10');
  expect(newestOf({ name: 'none' })).toBeUndefined();
});

test('tags that make a prompt are not among those that people set', () => {
  expect(plainTags([{ key: 'mlflow.prompt.is_prompt', value: 'true' }, { key: 'mlflow.prompt.text', value: 'x' }, { key: '_mlflow_prompt_type', value: 'text' }, { key: 'team', value: 'blue' }])).toEqual([{ key: 'team', value: 'blue' }]);
});

test("a model's own stages stand in the place of MLflow's, but what is nowhere and what is over stays", () => {
  expect(stagesOf([{ stage: 'canary', shows: 'Production' }], true).map(({ stage }) => stage)).toEqual(['canary', 'None', 'Archived']);
  expect(stagesOf([{ stage: 'ignored' }], false).map(({ stage }) => stage)).toEqual(['None', 'Staging', 'Production', 'Archived']);
});
