import { expect, test } from 'vitest';
import { details, differences, type Json } from './difference';

test('what was before stands beside what is now in three ways', () => {
  expect(details('{"name":"ben","before":"read","after":"denied"}')).toEqual({ changes: [{ path: '', before: 'read', after: 'denied' }], facts: [{ name: 'name', value: 'ben' }] });
  expect(details('{"status":"FINISHED","status_before":"RUNNING","end_time":"5"}')).toEqual({
    changes: [{ path: 'status', before: 'RUNNING', after: 'FINISHED' }],
    facts: [{ name: 'end_time', value: '5' }],
  });
  expect(details('{"administrator":"true -> false"}').changes).toEqual([{ path: 'administrator', before: 'true', after: 'false' }]);
});

test('tags are told one by one, new ones too', () => {
  expect(details('{"tags":{"note":"b","new":"x"},"tags_before":{"note":"a"}}').changes).toEqual([
    { path: 'tags.note', before: 'a', after: 'b' },
    { path: 'tags.new', before: undefined, after: 'x' },
  ]);
});

test('what was taken away has only a before', () => {
  expect(details('{"quota_bytes_before":"5"}').changes).toEqual([{ path: 'quota_bytes', before: '5', after: undefined }]);
  expect(details('{"name":"eve","before":"edit"}').changes).toEqual([{ path: '', before: 'edit', after: undefined }]);
});

test('hostile and damaged details are shown, not trusted', () => {
  expect(details('no json').facts).toEqual([{ name: '', value: 'no json' }]);
  expect(details('[1]').facts).toEqual([{ name: '', value: [1] }]);
  expect(details('{"__proto__":"x","constructor":"y"}').facts.map((fact) => fact.name)).toEqual(['__proto__', 'constructor']);
  expect(details(undefined)).toEqual({ changes: [], facts: [] });
});

test('a value differs from itself nowhere, and applying every difference leads from one to the other', () => {
  let seed = 7;
  const random = (max: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % max;
  const any = (depth: number): Json => {
    const kind = random(depth > 2 ? 4 : 6);
    if (kind === 0) return random(5);
    if (kind === 1) return `t${random(4)}`;
    if (kind === 2) return random(2) === 0;
    if (kind === 3) return null;
    if (kind === 4) return [any(depth + 1), any(depth + 1)];
    return Object.fromEntries(Array.from({ length: 1 + random(4) }, () => [`k${random(4)}`, any(depth + 1)]));
  };
  for (let round = 0; round < 500; round++) {
    const [a, b] = [any(0), any(0)];
    expect(differences(a, a)).toEqual([]);
    let made = structuredClone(a) as Json | undefined;
    for (const change of differences(a, b)) made = put(made, change.path === '' ? [] : change.path.split('.'), change.after);
    expect(made).toEqual(b);
  }
});

function put(into: Json | undefined, path: string[], value: Json | undefined): Json | undefined {
  if (path.length === 0) return value;
  const copy = { ...(into as Record<string, Json>) };
  const [name, ...rest] = path as [string, ...string[]];
  const made = put(copy[name], rest, value);
  if (made === undefined) delete copy[name];
  else copy[name] = made;
  return copy;
}
