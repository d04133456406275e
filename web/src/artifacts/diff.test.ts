import { expect, test } from 'vitest';
import { parseDiff } from './diff';

test('files, numbers of lines and counts are found', () => {
  const files = parseDiff(
    ['diff --git a/net.py b/net.py', 'index 1..2 100644', '--- a/net.py', '+++ b/net.py', '@@ -1,3 +1,4 @@ class Net:', ' import torch', '-from torch import nn', '+from torch import nn, optim', '+import math', ' ', 'diff --git a/x.bin b/x.bin', 'new file mode 100644', 'GIT binary patch', 'literal 3', 'Kc', '', 'diff --git a/a b/c', 'similarity index 100%', 'rename from a', 'rename to c', ''].join('\n'),
  );
  expect(files.map(({ name, was, added, removed }) => [name, was, added, removed])).toEqual([['net.py', 'changed', 2, 1], ['x.bin', 'binary', 0, 0], ['c', 'renamed', 0, 0]]);
  expect(files[0]!.lines.map(({ kind, old, now }) => [kind, old, now])).toEqual([['hunk', null, null], ['same', 1, 1], ['removed', 2, null], ['added', null, 2], ['added', null, 3], ['same', 3, 4]]);
  expect(files[2]!.from).toBe('a');
});

test('a removed line that looks like a head is a line', () => {
  const [file] = parseDiff(['diff --git a/f b/f', '--- a/f', '+++ b/f', '@@ -1,2 +1,1 @@', '--- a/other', '-diff --git a/x b/x', '+new', '\\ No newline at end of file'].join('\n'));
  expect(file!.lines.map(({ kind, text }) => `${kind} ${text}`)).toEqual(['hunk @@ -1,2 +1,1 @@', 'removed -- a/other', 'removed diff --git a/x b/x', 'added new', 'note No newline at end of file']);
});

test('counts are those of the text, whatever it is', () => {
  for (let seed = 1; seed < 80; seed++) {
    const body = Array.from({ length: seed % 17 }, (_, i) => `${'+- '[(i * seed) % 3]}line ${i}`);
    const [olds, news] = [body.filter((line) => !line.startsWith('+')).length, body.filter((line) => !line.startsWith('-')).length];
    const [file] = parseDiff(['diff --git a/f b/f', `@@ -1,${olds} +1,${news} @@`, ...body, 'diff --git a/g b/g'].join('\n'));
    expect(file!.added).toBe(body.filter((line) => line.startsWith('+')).length);
    expect(file!.removed).toBe(body.filter((line) => line.startsWith('-')).length);
  }
  expect(parseDiff('')).toEqual([]);
  expect(parseDiff('nothing of git\nat all')).toEqual([]);
});
