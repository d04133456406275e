import { expect, test } from 'vitest';
import { cellOf, tableOf } from './predictions';
import { differenceOf, replayOf, valuesOf } from './replay';

test('what was logged is asked again as it was', () => {
  expect(replayOf({ rows: 2, inputs: [{ name: 'age', type: 'double', values: [41, 7] }, { name: 'x', type: 'FP32', shape: [2, 2], values: [1, 2, 3, 4] }] })).toEqual({
    inputs: [
      { name: 'age', shape: [2], datatype: 'FP64', data: [41, 7] },
      { name: 'x', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] },
    ],
  });
});

test('answers are read flat, bare NaN too, and texts that look like it stay', () => {
  expect([...valuesOf('{"outputs":[{"name":"p","data":[[0.5,NaN],[-Infinity,1]]},{"name":"t","data":["a NaN b"]}]}')]).toEqual([
    ['p', [0.5, 'NaN', '-Infinity', 1]],
    ['t', ['a NaN b']],
  ]);
  expect(valuesOf('no json').size).toBe(0);
});

test('how far answers are apart', () => {
  expect(differenceOf([1, 2], [1, 2])).toBe('the same');
  expect(differenceOf([1, 2], [1, 2.5])).toBe('up to 0.5');
  expect(differenceOf(['a'], ['b'])).toBe('1 of 1 values differ');
  expect(differenceOf([1], [1, 2])).toBe('1 values then, 2 now');
});

test('logged columns become a table, several values a row in several columns', () => {
  expect(tableOf([{ name: 'a', values: [1, 2] }, { name: 'p', shape: [2, 2], values: [0.1, 0.9, null, 'x'] }], 2)).toEqual({
    columns: ['a', 'p[0]', 'p[1]'],
    rows: [
      ['1', '0.1', '0.9'],
      ['2', 'null', 'x'],
    ],
  });
  expect(cellOf(1 / 3)).toBe('0.333333');
});
