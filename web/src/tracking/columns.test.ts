import { expect, test } from 'vitest';
import { attributes, column, readColumn, shortField, splitList, type Kind, type Of } from './columns';
import { seeded } from './seeded';

const signs = ['a', 'Z', '0', '_', '.', '/', ' ', '`', ',', ':', '-', "'", '"', '(', ')', 'é', '漢', '\\', '%'];

test('whatever a key is made of, its column is read back', () => {
  const next = seeded(1);
  for (let round = 0; round < 2000; round++) {
    const key = Array.from({ length: 1 + Math.floor(next() * 12) }, () => signs[Math.floor(next() * signs.length)]).join('');
    const kind = (['metrics', 'params', 'tags'] as const)[Math.floor(next() * 3)] as Kind;
    const of = (['last', 'min', 'max'] as const)[Math.floor(next() * 3)] as Of;
    const made = column(kind, key, of);
    expect(readColumn(made.field), key).toEqual(made);
    expect(splitList(`run_name,${shortField(made)},status`), key).toEqual(['run_name', shortField(made), 'status']);
  }
});

test.each(['', 'loss', 'metrics.', 'metrics.a b', 'min(params.a)', 'attributes.no_such', 'metrics.`a', 'metrics.`a`b`', 'sum(metrics.a)', 'constructor'])('%s is no column', (text) => expect(readColumn(text)).toBeNull());

test('every attribute is read back, and what git knows has a name of its own', () => {
  for (const key of Object.keys(attributes)) expect(readColumn(column('attributes', key).field)).toEqual(column('attributes', key));
  expect(column('attributes', 'git.commit').field).toBe('git.commit');
});

test('attributes stand in addresses without their prefix', () => {
  expect(readColumn('run_name')).toEqual(column('attributes', 'run_name'));
  expect(readColumn('last(metrics.loss)')?.field).toBe('metrics.loss');
});
