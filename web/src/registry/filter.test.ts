import { EditorState } from '@codemirror/state';
import { CompletionContext } from '@codemirror/autocomplete';
import { expect, test } from 'vitest';
import { filterOf } from './filter';
import { offerWords, tagField } from './filterWords';
import { chosenVersions, modelSearch, versionsSearch } from './search';

test('a plain text finds names that hold it, a filter stands as it is', () => {
  expect(filterOf('  ')).toBeUndefined();
  expect(filterOf("late o'clock")).toBe("name ILIKE '%late o''clock%'");
  expect(filterOf('risk in europe')).toBe("name ILIKE '%risk in europe%'");
  expect(filterOf("tags.team = 'blue'")).toBe("tags.team = 'blue'");
  expect(filterOf("alias IN ('a')")).toBe("alias IN ('a')");
});

function offered(text: string, ofVersions = false): string[] {
  return offerWords(new CompletionContext(EditorState.create({ doc: text }), text.length, true), ofVersions, ['team', 'cost center'])?.options.map(({ label }) => label) ?? [];
}

test('fields, signs and joints are offered where they may stand', () => {
  expect(offered('')).toContain('alias');
  expect(offered('')).toContain('tags.`cost center`');
  expect(offered('', true)).toContain('current_stage');
  expect(offered('creation_timestamp ')).toContain('<');
  expect(offered('creation_timestamp ')).not.toContain('LIKE');
  expect(offered('tags.team ')).toContain('IS NULL');
  expect(offered('name ')).not.toContain('IS NULL');
  expect(offered('current_stage = ', true)).toContain("'Production'");
  expect(offered("name = 'x' ")).toEqual(['AND', 'OR']);
  expect(tagField('a`b c')).toBe('tags.`a``b c`');
});

test('an address names versions once each, and nothing that is none', () => {
  expect(chosenVersions('3,1,3,x,-2, 4 ,0,1e3')).toEqual(['3', '1', '4']);
  expect(versionsSearch({ versions: 7, alike: 'yes' })).toEqual({ versions: '7', alike: undefined, q: undefined });
  expect(modelSearch({ tab: 'nonsense', at: '1700000000000', days: -3, version: '2' })).toEqual({ tab: undefined, q: undefined, at: 1_700_000_000_000, days: undefined, version: '2', against: undefined });
});
