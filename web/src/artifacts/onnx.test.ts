import { expect, test } from 'vitest';
import { readOnnx } from './onnx';
import { ProtobufReader } from './protobuf';

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
    left >>= 7n;
  } while (left > 0n);
  return bytes;
}
const number = (field: number, value: number | bigint) => [...varint(field * 8), ...varint(value)];
const message = (field: number, content: number[]) => [...varint(field * 8 + 2), ...varint(content.length), ...content];
const text = (field: number, value: string) => message(field, [...new TextEncoder().encode(value)]);

function value(field: number, name: string, type: number, shape: (number | string)[]): number[] {
  const dimensions = shape.flatMap((one) => message(1, typeof one === 'number' ? number(1, one) : text(2, one)));
  return message(field, [...text(1, name), ...message(2, message(1, [...number(1, type), ...message(2, dimensions)]))]);
}

const node = (type: string, domain = '') => message(1, [...text(1, 'in'), ...text(2, 'out'), ...text(4, type), ...(domain ? text(7, domain) : [])]);

test('inputs, outputs, operators, versions; weights of a gigabyte are not read', async () => {
  const head = [...number(1, 9), ...text(2, 'pytorch'), ...text(3, '2.4')];
  const before = [...node('Conv'), ...node('Relu'), ...node('Conv'), ...node('Gelu', 'com.example'), ...text(2, 'main')];
  const huge = 1_000_000_000;
  const tensorHead = [...number(1, 3), ...number(2, 1), ...text(8, 'w')];
  const rawHead = [...varint(9 * 8 + 2), ...varint(huge)];
  const weightHead = [...varint(5 * 8 + 2), ...varint(tensorHead.length + rawHead.length + huge)];
  const after = [...value(11, 'x', 1, ['batch', 3, 224, 224]), ...value(11, 'w', 1, [3]), ...value(12, 'y', 7, [])];
  const graphLength = before.length + weightHead.length + tensorHead.length + rawHead.length + huge + after.length;
  const first = Uint8Array.from([...head, ...varint(7 * 8 + 2), ...varint(graphLength), ...before, ...weightHead, ...tensorHead, ...rawHead]);
  const last = Uint8Array.from([...after, ...message(8, [...text(1, ''), ...number(2, 17)]), ...message(14, [...text(1, 'a'), ...text(2, 'b')])]);
  let read = 0;
  const summary = await readOnnx(async (from, count) => {
    read += count;
    return Uint8Array.from({ length: count }, (_, i) => (from + i < first.length ? first[from + i]! : from + i >= first.length + huge ? last[from + i - first.length - huge]! : 0));
  }, first.length + huge + last.length);
  expect(summary).toMatchObject({
    irVersion: 9,
    producer: 'pytorch 2.4',
    graph: 'main',
    nodes: 4,
    opsets: [{ domain: 'ai.onnx', version: 17 }],
    inputs: [{ name: 'x', type: 'float32', shape: 'batch × 3 × 224 × 224' }],
    outputs: [{ name: 'y', type: 'int64', shape: 'scalar' }],
    operators: [{ name: 'Conv', count: 2 }, { name: 'com.example.Gelu', count: 1 }, { name: 'Relu', count: 1 }],
    weights: { count: 1 },
    metadata: [{ key: 'a', value: 'b' }],
    partial: false,
  });
  expect(summary.weights.bytes).toBeGreaterThan(huge);
  expect(read).toBeLessThan(1_000_000);
});

test('numbers of every length come back', async () => {
  for (let bit = 0; bit < 53; bit++) {
    for (const one of [2n ** BigInt(bit), 2n ** BigInt(bit) - 1n, -(2n ** BigInt(bit))]) {
      const bytes = Uint8Array.from(number(7, one));
      for await (const field of new ProtobufReader(async (from, count) => bytes.subarray(from, from + count), bytes.length, 9).fields(0, bytes.length)) expect(field.value).toBe(Number(one));
    }
  }
});

test('what is cut off, random or of another kind is refused or read, and never beyond its end', async () => {
  for (let seed = 1; seed < 300; seed++) {
    const bytes = Uint8Array.from({ length: seed % 97 }, (_, i) => (Math.imul(seed * 2654435761, i + 7) >>> 13) & 0xff);
    const read = async (from: number, count: number) => {
      expect(from + count).toBeLessThanOrEqual(bytes.length);
      return bytes.subarray(from, from + count);
    };
    const outcome = await readOnnx(read, bytes.length).catch((fault: unknown) => fault);
    expect(outcome instanceof Error || typeof outcome === 'object').toBe(true);
  }
});
