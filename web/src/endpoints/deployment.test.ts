import { expect, test } from 'vitest';
import { deploymentOf, firstSteps, isName, nameOf, readSteps, wrongWith, type Choice } from './deployment';

const choice: Choice = { model: 'flights', by: 'alias', which: '@champion', way: 'replace', percent: '10', steps: firstSteps, requests: '500', holdSeconds: '60', reason: ' better ' };

test('each way sends what belongs to it and nothing else', () => {
  expect(deploymentOf(choice)).toEqual({ model: 'flights', alias: 'champion', reason: 'better' });
  expect(deploymentOf({ ...choice, by: 'version', which: '7', way: 'weight', reason: '' })).toEqual({ model: 'flights', version: '7', weight: 10 });
  expect(deploymentOf({ ...choice, way: 'shadow', reason: '' })).toEqual({ model: 'flights', alias: 'champion', shadow: true });
  expect(deploymentOf({ ...choice, way: 'canary', reason: '' })).toEqual({ model: 'flights', alias: 'champion', canary: { steps: [1, 5, 25, 100], requests: 500, hold_seconds: 60 } });
});

test('steps rise and are percents', () => {
  expect(readSteps('1%, 5 25;100')).toEqual([1, 5, 25, 100]);
  for (const bad of ['', '5, 1', '0, 5', '50, 101', 'a', '5, 5', Array.from({ length: 21 }, (_, at) => at + 1).join()]) expect(readSteps(bad)).toBeNull();
});

test('what cannot be is said before it is sent', () => {
  expect(wrongWith(choice)).toBeUndefined();
  for (const percent of ['', '0', '-1', '101', 'x']) expect(wrongWith({ ...choice, way: 'weight', percent })).toMatch(/share/);
  expect(wrongWith({ ...choice, way: 'canary', steps: '5, 1' })).toMatch(/Steps/);
  expect(wrongWith({ ...choice, way: 'canary', requests: '0' })).toMatch(/Requests/);
  expect(wrongWith({ ...choice, way: 'canary', holdSeconds: '1.5' })).toMatch(/Seconds/);
});

test('a model of any name gets an endpoint of a good one', () => {
  expect(nameOf('flights')).toBe('flights');
  expect(nameOf('late flights <EU>')).toBe('late-flights-EU');
  expect(isName(nameOf('_x y'))).toBe(true);
  expect(isName('live')).toBe(false);
  expect(isName('a/b')).toBe(false);
});
