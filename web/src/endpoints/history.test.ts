import { expect, test } from 'vitest';
import { armsText, lastOther } from './history';

const six = { name: 'champion', model: 'flights', alias: 'champion', version: '6', weight: 99 };
const seven = { name: 'v7', model: 'flights', version: '7', weight: 1 };

test('arms read as what they follow, what they are and what they get', () => {
  expect(armsText([six, seven])).toBe('flights@champion v6 99%, flights/7 1%');
  expect(armsText([{ ...seven, shadow: true }])).toBe('flights/7 as a shadow');
  expect(armsText(undefined)).toBe('nothing');
});

test('a roll back goes to the newest revision with other versions, not with other weights', () => {
  const revisions = [{ revision: 4, arms: [six, seven] }, { revision: 3, arms: [seven, { ...six, weight: 50 }] }, { revision: 2, arms: [six] }, { revision: 1, arms: [seven] }];
  expect(lastOther(revisions, { name: 'e', arms: [six, seven] })?.revision).toBe(2);
  expect(lastOther([], { name: 'e' })).toBeUndefined();
});
