import { cellText } from './cellText';

/** A column or tensor of a signature. */
interface Field {
  name: string;
  type: string;
  shape: string;
  required: boolean;
}

/** What a model's description says. */
export interface ModelDescription {
  facts: [string, string][];
  flavors: [string, [string, string][]][];
  inputs: Field[];
  outputs: Field[];
  params: Field[];
}

/** Reads what the YAML of an MLmodel file holds; null when it is none. */
export function readModel(yaml: unknown): ModelDescription | null {
  const read = record(yaml);
  const flavors = Object.entries(record(read.flavors)).map(([name, options]): [string, [string, string][]] => [name, Object.entries(record(options)).map(([key, value]): [string, string] => [key, cellText(value)])]);
  if (flavors.length === 0) return null;
  const signature = record(read.signature);
  const facts = Object.entries(read)
    .filter(([name]) => name !== 'flavors' && name !== 'signature')
    .map(([name, value]): [string, string] => [name.replaceAll('_', ' '), cellText(value)]);
  return { facts, flavors, inputs: fields(signature.inputs), outputs: fields(signature.outputs), params: fields(signature.params) };
}

/** Signatures are JSON within the YAML. */
function fields(json: unknown): Field[] {
  let list: unknown = json;
  try {
    if (typeof json === 'string') list = JSON.parse(json);
  } catch {
    return [];
  }
  if (!Array.isArray(list)) return [];
  return list.map((one: unknown, index): Field => {
    const field = record(one);
    const tensor = record(field['tensor-spec']);
    const isTensor = Object.keys(tensor).length > 0;
    const shape = isTensor ? tensor.shape : (field.shape ?? field.default);
    return {
      name: typeof field.name === 'string' ? field.name : String(index),
      type: isTensor ? `tensor of ${cellText(tensor.dtype)}` : cellText(field.type ?? field.dtype),
      shape: Array.isArray(shape) ? shape.map((size) => (size === -1 ? '?' : cellText(size))).join(' × ') : cellText(shape),
      required: field.required !== false && field.optional !== true,
    };
  });
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
