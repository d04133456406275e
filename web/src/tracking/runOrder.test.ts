import { expect, test } from 'vitest';
import { RunOrder } from './runOrder';

function answer(ids: readonly string[], flags = 0): ArrayBuffer {
  const bytes = new Uint8Array(16 + ids.length * 16);
  bytes.set([0x53, 0x52, 0x4f, 0x31]);
  new DataView(bytes.buffer).setUint32(4, ids.length, true);
  new DataView(bytes.buffer).setUint32(8, flags, true);
  ids.forEach((id, row) => bytes.set(id.match(/../g)!.map((two) => parseInt(two, 16)), 16 + row * 16));
  return bytes.buffer;
}

const ids = Array.from({ length: 300 }, (_, at) => (at * 7919).toString(16).padStart(32, '0'));

test('ids come out as they went in, in their order', () => {
  const order = RunOrder.read(answer(ids, 1));
  expect(order.count).toBe(300);
  expect(order.more).toBe(true);
  expect(order.ids()).toEqual(ids);
  expect(order.ids(298, 400)).toEqual(ids.slice(298));
});

test('orders are told apart', () => {
  const order = RunOrder.read(answer(ids));
  expect(order.equals(RunOrder.read(answer(ids)))).toBe(true);
  expect(order.equals(RunOrder.read(answer([...ids].reverse())))).toBe(false);
  expect(order.without(RunOrder.read(answer(ids.slice(3))))).toBe(3);
  expect(RunOrder.none.count).toBe(0);
});

test('what is cut off or something else is refused', () => {
  expect(() => RunOrder.read(answer(ids).slice(0, 100))).toThrow('incomplete');
  expect(() => RunOrder.read(new TextEncoder().encode('<!doctype html><html>').buffer as ArrayBuffer)).toThrow('does not know');
  expect(() => RunOrder.read(new ArrayBuffer(3))).toThrow('does not know');
});
