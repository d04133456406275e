import { Text } from '@codemirror/state';
import { expect, test } from 'vitest';
import { stretch } from './PolicyEditor';
import { checkFields, offered } from './policyLanguage';

test('fields are offered at the beginning of a line, those of the check that it belongs to', () => {
  expect(offered('')?.words).toContain('checks');
  expect(offered('checks:\n  - ')?.words).toEqual(['check']);
  expect(offered('checks:\n  - check: metric\n    ')?.words).toEqual(expect.arrayContaining(['min', 'waivable']));
  expect(offered('checks:\n  - check: metric\n    min: 1\n  - check: approvals\n    ro')).toMatchObject({ from: 62, field: true, words: expect.arrayContaining(['role']) as unknown });
  expect(offered('checks:\n  - check: constructor\n    ')?.words).toEqual(['id', 'title', 'waivable']);
});

test('values are offered after the name of a field', () => {
  expect(offered('checks:\n  - check: ')?.words).toEqual(Object.keys(checkFields));
  expect(offered('    required: [owner, int')).toMatchObject({ from: 22, field: false });
  expect(offered('rollback: ')?.words).toEqual(['free', 'gated']);
  expect(offered('toString: ')).toBeNull();
  expect(offered('# a comment ')).toBeNull();
});

test('an error stands at its word, and one beyond the text at its end', () => {
  const doc = Text.of(['checks:', '  - check: metrik', '']);
  expect(doc.sliceString(stretch(doc, { line: 2, column: 12 }).from, stretch(doc, { line: 2, column: 12 }).to)).toBe('metrik');
  for (const error of [{}, { line: 99, column: 99 }, { line: 0, column: 0 }, { line: 2, column: -1 }, { line: 3, column: 1 }]) {
    const { from, to } = stretch(doc, error);
    expect(from).toBeGreaterThanOrEqual(0);
    expect(to).toBeLessThanOrEqual(doc.length);
    expect(from).toBeLessThanOrEqual(to);
  }
});
