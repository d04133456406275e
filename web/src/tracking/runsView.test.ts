import { expect, test } from 'vitest';
import { column } from './columns';
import { isBalanced, nextSorts, orderBy, readColumns, readSorts, runsSearch, viewOf, wholeFilter, writeColumns, writeSorts, writeWidths } from './runsView';

test('a view survives its address', () => {
  const search = {
    filter: "metrics.`a,b` > 1 AND params.x = 'y'",
    name: 'owl',
    status: 'RUNNING,FAILED',
    sort: '-min(metrics.loss),params.`a,b`',
    cols: 'run_name,metrics.loss,max(metrics.`val:acc, top 5`),tags.team',
    pin: 2,
    width: 'metrics.loss:180,max(metrics.`val:acc, top 5`):95',
    group: 'params.model',
    base: '00ff',
    deleted: true as const,
  };
  const view = viewOf(runsSearch(search));
  expect(view).toMatchObject({ filter: search.filter, statuses: ['RUNNING', 'FAILED'], pinned: 2, baseline: '00ff', deleted: true });
  expect(writeColumns(view.columns!)).toBe(search.cols);
  expect(writeSorts(view.sorts)).toBe(search.sort);
  expect(writeWidths(view.widths)).toBe(search.width);
  expect(view.group).toEqual(column('params', 'model'));
});

test('what an address says wrongly is left out', () => {
  expect(viewOf(runsSearch({ filter: 5, status: 'NOPE', sort: '-nope,lifecycle_stage', cols: 'x,run_name,run_name', pin: -1, width: 'run_name:9999999', group: 'a b' }))).toMatchObject({
    filter: '5',
    statuses: [],
    sorts: [],
    columns: [column('attributes', 'run_name')],
    pinned: 1,
    widths: new Map([['attributes.run_name', 900]]),
    group: null,
  });
});

test('a click sorts, the next turns it around, the third ends it; kept ones stay', () => {
  const loss = column('metrics', 'loss');
  const name = column('attributes', 'run_name');
  const once = nextSorts([], loss, false);
  expect(writeSorts(once)).toBe('-metrics.loss');
  expect(writeSorts(nextSorts(once, loss, false))).toBe('metrics.loss');
  expect(nextSorts(nextSorts(once, loss, false), loss, false)).toEqual([]);
  const both = nextSorts(once, name, true);
  expect(writeSorts(both)).toBe('-metrics.loss,run_name');
  expect(writeSorts(nextSorts(both, loss, true))).toBe('metrics.loss,run_name');
  expect(writeSorts(nextSorts(both, name, false))).toBe('-run_name');
});

test('the group comes first in the order, and only once', () => {
  const model = column('params', 'model');
  expect(orderBy({ group: model, sorts: readSorts('-metrics.loss,-params.model') })).toEqual(['params.model ASC', 'metrics.loss DESC']);
});

test('quick filters join the written one, and its place stays known', () => {
  const view = { filter: '  metrics.a > 1 OR x', name: "o'wl 5%", statuses: ['RUNNING'] };
  const { filter, shift } = wholeFilter(view);
  expect(filter).toBe("(metrics.a > 1 OR x) AND attributes.status IN ('RUNNING') AND attributes.run_name ILIKE '%o''wl 5%%'");
  expect(filter!.indexOf('metrics')).toBe(view.filter.indexOf('metrics') + shift);
  expect(wholeFilter({ filter: 'a > 1) OR (b > 1', name: 'x', statuses: [] }).filter).toBe('a > 1) OR (b > 1');
  expect(wholeFilter({ filter: '', name: '', statuses: [] }).filter).toBeUndefined();
});

test.each([
  ["a = '('", true],
  ["a = 'it''s ('", true],
  ['(a AND (b))', true],
  ['a)(', false],
  ['((a)', false],
  ["a = 'open", false],
  ['metrics.`(` > 1', true],
])('%s is whole: %s', (filter, whole) => expect(isBalanced(filter)).toBe(whole));

test('columns have a limit', () => expect(readColumns(Array.from({ length: 500 }, (_, at) => `metrics.m${at}`).join()).length).toBe(190));
