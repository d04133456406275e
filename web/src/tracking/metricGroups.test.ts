import { expect, test } from 'vitest';
import { gridLines, groupKeys, keySearch } from './metricGroups';

test('keys are grouped by what stands before the first slash', () => {
  const groups = groupKeys(['val/loss', 'train/layer10', 'train/layer9', 'lr', '/odd', 'train/a/b']);
  expect(groups.map((group) => [group.name, group.keys])).toEqual([
    ['', ['/odd', 'lr']],
    ['train', ['train/a/b', 'train/layer9', 'train/layer10']],
    ['val', ['val/loss']],
  ]);
});

test('every key lies in exactly one line, whatever the width', () => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `g${i % 13}/key${i}`);
  for (let columns = 1; columns < 7; columns++) {
    const lines = gridLines(groupKeys(keys), columns, new Set());
    expect(lines.flatMap((line) => (line.kind === 'charts' ? line.keys : [])).sort()).toEqual([...keys].sort());
    lines.forEach((line) => line.kind === 'charts' && expect(line.keys.length).toBeLessThanOrEqual(columns));
  }
  expect(gridLines(groupKeys(keys), 3, new Set(['g0', 'g1'])).flatMap((line) => (line.kind === 'charts' ? line.keys : [])).some((key) => key.startsWith('g0/'))).toBe(false);
});

test('a search is a regular expression, or the text itself where it is none', () => {
  expect(['loss', 'Val/loss', 'acc'].filter(keySearch('^val|acc$').matches)).toEqual(['Val/loss', 'acc']);
  const broken = keySearch('a[b');
  expect(broken.wrong).toBe(true);
  expect(broken.matches('xa[by')).toBe(true);
});
