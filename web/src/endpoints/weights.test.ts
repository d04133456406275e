import { expect, test } from 'vitest';
import { plansOf, weightsOf } from './weights';

test('weights are numbers of nought or more', () => {
  expect(weightsOf({ a: '1', b: ' 2.5 ' })).toEqual({ a: 1, b: 2.5 });
  for (const bad of ['', 'x', '-1', 'NaN', 'Infinity']) expect(weightsOf({ a: bad })).toBeNull();
});

test('an arm that follows an alias goes on following it, and shadows stay shadows', () => {
  const arms = [
    { name: 'champion', model: 'm', version: '6', alias: 'champion', weight: 99, share: 0.99, state: 'ready' },
    { name: 'v7', model: 'm', version: '7', weight: 1 },
    { name: 'dark', model: 'm', version: '8', weight: 0, shadow: true },
  ];
  expect(plansOf(arms, { champion: 50, v7: 50 })).toEqual([
    { name: 'champion', model: 'm', alias: 'champion', weight: 50 },
    { name: 'v7', model: 'm', version: '7', weight: 50 },
    { name: 'dark', model: 'm', version: '8', weight: 0, shadow: true },
  ]);
});
