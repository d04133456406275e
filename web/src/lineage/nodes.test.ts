import { expect, test } from 'vitest';
import { factsOf, pageOf, partsOf } from './nodes';
import type { LineageNode } from './lineage';

test('an id says kind, names and, before them, another workspace', () => {
  expect(partsOf('model-version/a%20b/3')).toEqual({ kind: 'model-version', parts: ['a b', '3'], workspace: undefined });
  expect(partsOf('@dev/model-version/flights/3')).toEqual({ kind: 'model-version', parts: ['flights', '3'], workspace: 'dev' });
});

test('what lies in another workspace says so and has no page here', () => {
  const node = { id: '@dev/model-version/flights/3', kind: 'model-version', name: 'flights', detail: {} } as unknown as LineageNode;
  expect(pageOf(node)).toBeNull();
  expect(factsOf(node)).toBe('in dev · version 3');
  expect(pageOf({ ...node, id: 'endpoint/late' })).toBe('/endpoints/late');
});
