import { expect, test } from 'vitest';
import { details } from './difference';
import { short } from './short';

test.each([
  ['{"status":"FINISHED","status_before":"RUNNING"}', 'status: RUNNING → FINISHED'],
  ['{"tags":{"note":"b"},"tags_before":{"note":"a"}}', 'note: a → b'],
  ['{"name":"ben","before":"read"}', 'read taken away, ben'],
  ['{"code":"PERMISSION_DENIED","message":"no"}', 'no'],
  ['{"a":"1","b":"2","c":"3","d":"4","e":"5"}', 'a: 1, b: 2, c: 3, d: 4 and 1 more'],
  ['', ''],
])('%s in short is %s', (data, line) => expect(short(details(data))).toBe(line));

test('no line is long', () => expect(short(details(JSON.stringify({ note: 'x'.repeat(10_000) }))).length).toBeLessThanOrEqual(240));
