import { ProtobufReader, TooManyReads, type ReadBytes } from './protobuf';

/** An input or output of a model. */
export interface OnnxValue {
  name: string;
  type: string;
  shape: string;
}

/** What an ONNX file says about itself, its weights left aside. */
export interface OnnxSummary {
  irVersion: number;
  producer: string;
  domain: string;
  modelVersion: number;
  doc: string;
  graph: string;
  opsets: { domain: string; version: number }[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
  operators: { name: string; count: number }[];
  nodes: number;
  weights: { count: number; bytes: number };
  metadata: { key: string; value: string }[];
  /** Not all of it could be looked through. */
  partial: boolean;
}

const types = ['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64', 'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1'];

const readsMax = 1_500;

/** Looks through an ONNX model; weights are jumped over. */
export async function readOnnx(read: ReadBytes, length: number): Promise<OnnxSummary> {
  const reader = new ProtobufReader(read, length, readsMax);
  const found: OnnxSummary = { irVersion: 0, producer: '', domain: '', modelVersion: 0, doc: '', graph: '', opsets: [], inputs: [], outputs: [], operators: [], nodes: 0, weights: { count: 0, bytes: 0 }, metadata: [], partial: false };
  const operators = new Map<string, number>();
  const weights = new Set<string>();
  try {
    for await (const field of reader.fields(0, length)) {
      if (field.number === 1) found.irVersion = field.value;
      else if (field.number === 2 || field.number === 3) found.producer = `${found.producer} ${await reader.text(field.from, field.to)}`.trim();
      else if (field.number === 4) found.domain = await reader.text(field.from, field.to);
      else if (field.number === 5) found.modelVersion = field.value;
      else if (field.number === 6) found.doc = await reader.text(field.from, field.to);
      else if (field.number === 7 && field.type === 2) await graph(reader, field.from, field.to, found, operators, weights);
      else if (field.number === 8 && field.type === 2) found.opsets.push(await opset(reader, field.from, field.to));
      else if (field.number === 14 && field.type === 2 && found.metadata.length < 200) found.metadata.push(await entry(reader, field.from, field.to));
    }
  } catch (fault) {
    if (!(fault instanceof TooManyReads)) throw fault;
    found.partial = true;
  }
  if (found.irVersion === 0 && found.nodes === 0 && found.opsets.length === 0) throw new Error('This is no ONNX model.');
  // Old models list their weights among the inputs.
  found.inputs = found.inputs.filter(({ name }) => !weights.has(name));
  found.operators = [...operators].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
  return found;
}

async function graph(reader: ProtobufReader, from: number, to: number, found: OnnxSummary, operators: Map<string, number>, weights: Set<string>): Promise<void> {
  for await (const field of reader.fields(from, to)) {
    if (field.type !== 2) continue;
    if (field.number === 1) {
      found.nodes++;
      const name = await nodeType(reader, field.from, field.to);
      operators.set(name, (operators.get(name) ?? 0) + 1);
    } else if (field.number === 2) found.graph = await reader.text(field.from, field.to);
    else if (field.number === 5) {
      found.weights.count++;
      found.weights.bytes += field.to - field.from;
      const name = await nameOf(reader, field.from, field.to);
      if (name !== null) weights.add(name);
    } else if (field.number === 11) found.inputs.push(await valueOf(reader, field.from, field.to));
    else if (field.number === 12) found.outputs.push(await valueOf(reader, field.from, field.to));
  }
}

/** The name of a tensor mostly stands before its numbers; behind large ones it is not looked for. */
async function nameOf(reader: ProtobufReader, from: number, to: number): Promise<string | null> {
  for await (const field of reader.fields(from, to)) {
    if (field.number === 8) return reader.text(field.from, field.to);
    if (field.to - field.from > 64 * 1024) return null;
  }
  return null;
}

async function nodeType(reader: ProtobufReader, from: number, to: number): Promise<string> {
  let [name, domain] = ['', ''];
  for await (const field of reader.fields(from, to)) {
    if (field.number === 4) name = await reader.text(field.from, field.to, 200);
    else if (field.number === 7) domain = await reader.text(field.from, field.to, 200);
  }
  return domain === '' || domain === 'ai.onnx' ? name : `${domain}.${name}`;
}

async function opset(reader: ProtobufReader, from: number, to: number): Promise<{ domain: string; version: number }> {
  const found = { domain: '', version: 0 };
  for await (const field of reader.fields(from, to)) {
    if (field.number === 1) found.domain = await reader.text(field.from, field.to, 200);
    else if (field.number === 2) found.version = field.value;
  }
  return { ...found, domain: found.domain || 'ai.onnx' };
}

async function entry(reader: ProtobufReader, from: number, to: number): Promise<{ key: string; value: string }> {
  const found = { key: '', value: '' };
  for await (const field of reader.fields(from, to)) {
    if (field.number === 1) found.key = await reader.text(field.from, field.to, 500);
    else if (field.number === 2) found.value = await reader.text(field.from, field.to, 2_000);
  }
  return found;
}

async function valueOf(reader: ProtobufReader, from: number, to: number): Promise<OnnxValue> {
  const value: OnnxValue = { name: '', type: '', shape: '' };
  for await (const field of reader.fields(from, to)) {
    if (field.number === 1) value.name = await reader.text(field.from, field.to, 500);
    else if (field.number === 2 && field.type === 2) {
      for await (const kind of reader.fields(field.from, field.to)) {
        if (kind.number === 1 && kind.type === 2) await tensor(reader, kind.from, kind.to, value);
        else value.type = new Map([[4, 'sequence'], [5, 'map'], [8, 'sparse tensor'], [9, 'optional']]).get(kind.number) ?? value.type;
      }
    }
  }
  return value;
}

async function tensor(reader: ProtobufReader, from: number, to: number, value: OnnxValue): Promise<void> {
  for await (const field of reader.fields(from, to)) {
    if (field.number === 1) value.type = types[field.value] ?? `type ${field.value}`;
    else if (field.number === 2 && field.type === 2) {
      const dimensions: string[] = [];
      for await (const dimension of reader.fields(field.from, field.to)) {
        let size = '?';
        for await (const part of reader.fields(dimension.from, dimension.to)) {
          if (part.number === 1) size = String(part.value);
          else if (part.number === 2) size = (await reader.text(part.from, part.to, 100)) || '?';
        }
        dimensions.push(size);
      }
      value.shape = dimensions.join(' × ') || 'scalar';
    }
  }
}
