import { expect, test } from 'vitest';
import { EventReader } from './sse';

const text = ': hello\n\nid: 7\nevent: run\ndata: {"a":1}\n\ndata: one\r\ndata: two\r\n\r\nid: 9\n\n';

test('events are the same however the stream is cut', () => {
  const whole = new EventReader().read(text);
  expect(whole).toEqual([
    { id: '7', type: 'run', data: '{"a":1}' },
    { id: '7', type: 'message', data: 'one\ntwo' },
  ]);
  for (let size = 1; size < text.length; size++) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...reader.read(text.slice(at, at + size)));
    expect(events).toEqual(whole);
  }
});
