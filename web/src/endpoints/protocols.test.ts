import { expect, test } from 'vitest';
import { exampleOf } from './example';
import { bodyOf, pathOf, type Asked } from './protocols';
import { firstTensor, isTabular, readCell, shapeOf } from './signature';

const columns = [
  { name: 'age', type: 'double', required: true },
  { name: 'plan', type: 'string', required: false },
];
const table: Asked = { inputs: columns, rows: [[41, 'basic'], [7.5, null]], tensors: [] };
const image: Asked = { inputs: [{ name: 'x', type: 'float32', shape: '[-1,2]' }], rows: [], tensors: [[[1, 2]]] };

test('rows of columns are said in the words of each protocol', () => {
  expect(bodyOf('oip', table)).toEqual({
    inputs: [
      { name: 'age', shape: [2], datatype: 'FP64', data: [41, 7.5] },
      { name: 'plan', shape: [2], datatype: 'BYTES', data: ['basic', null] },
    ],
  });
  expect(bodyOf('mlflow', table)).toEqual({ dataframe_split: { columns: ['age', 'plan'], data: [[41, 'basic'], [7.5, null]] } });
  expect(bodyOf('tfserving', table)).toEqual({ instances: [{ age: 41, plan: 'basic' }, { age: 7.5, plan: null }] });
});

test('tensors too, one or several', () => {
  expect(bodyOf('oip', image)).toEqual({ inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32', data: [[1, 2]] }] });
  expect(bodyOf('tfserving', image)).toEqual({ instances: [[1, 2]] });
  const two: Asked = { inputs: [...image.inputs, { name: 'y', type: 'int64', shape: '[-1]' }], rows: [], tensors: [[[1, 2]], [3]] };
  expect(bodyOf('mlflow', two)).toEqual({ inputs: { x: [[1, 2]], y: [3] } });
});

test('an endpoint’s name stays one part of its address', () => expect(pathOf('oip', 'a b')).toBe('/v2/models/a%20b/infer'));

test('what is typed is read as the column’s type', () => {
  expect(readCell(columns[0]!, ' 4.5 ')).toEqual({ value: 4.5 });
  expect(readCell(columns[0]!, 'nan')).toEqual({ value: 'NaN' });
  expect(readCell(columns[0]!, '')).toHaveProperty('wrong');
  expect(readCell(columns[0]!, 'x')).toHaveProperty('wrong');
  expect(readCell(columns[1]!, '')).toEqual({ value: null });
  expect(readCell({ name: 'n', type: 'long' }, '1.5')).toHaveProperty('wrong');
  expect(readCell({ name: 'b', type: 'boolean' }, 'true')).toEqual({ value: true });
});

test.each([
  [{ columns: ['plan', 'age'], data: [['basic', 41]] }],
  [{ dataframe_split: { columns: ['plan', 'age'], data: [['basic', 41]] } }],
  [{ dataframe_records: [{ age: 41, plan: 'basic' }] }],
  [[{ age: 41, plan: 'basic' }]],
  [[[41, 'basic']]],
  [{ age: [41], plan: ['basic'] }],
  [{ age: 41, plan: 'basic' }],
])('an example of a table is read in each form: %j', (json) => expect(exampleOf(json, columns)).toEqual({ rows: [['41', 'basic']], tensors: [] }));

test('an example of tensors, and what is none', () => {
  expect(exampleOf([[1, 2]], image.inputs)).toEqual({ rows: [], tensors: ['[[1,2]]'] });
  expect(exampleOf({ inputs: { x: [[1, 2]] } }, image.inputs)).toEqual({ rows: [], tensors: ['[[1,2]]'] });
  expect(exampleOf('text', columns)).toBeNull();
});

test('shapes of nested arrays; ragged ones have none', () => {
  expect(shapeOf([[1, 2], [3, 4]])).toEqual([2, 2]);
  expect(shapeOf([[1], [2, 3]])).toBeNull();
  expect(firstTensor(image.inputs[0]!)).toEqual([[0, 0]]);
  expect(isTabular(image.inputs)).toBe(false);
});
