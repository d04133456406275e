import { isTabular, kindOf, shapeOf, type Cell, type Input, type Json } from './signature';

/** What is asked: rows of columns, or one tensor an input. */
export interface Asked {
  inputs: readonly Input[];
  rows: readonly (readonly Cell[])[];
  tensors: readonly Json[];
}

/** The dialects that these pages speak; every endpoint answers all of them. */
export const protocols = {
  oip: { label: 'Open Inference', note: 'KServe, Triton, MLServer, Seldon' },
  mlflow: { label: 'MLflow', note: 'mlflow models serve, SageMaker, Databricks' },
  tfserving: { label: 'TF Serving', note: 'TensorFlow Serving, KServe v1, Vertex' },
  torchserve: { label: 'TorchServe', note: 'TorchServe' },
} as const;

export type Protocol = keyof typeof protocols;

export function protocolOf(text: string | undefined): Protocol {
  return (Object.keys(protocols) as Protocol[]).find((one) => one === text) ?? 'oip';
}

/** Where a protocol is spoken. */
export function pathOf(protocol: Protocol, endpoint: string): string {
  const name = encodeURIComponent(endpoint);
  switch (protocol) {
    case 'oip':
      return `/v2/models/${name}/infer`;
    case 'mlflow':
      return `/endpoints/${name}/invocations`;
    case 'tfserving':
      return `/v1/models/${name}:predict`;
    case 'torchserve':
      return `/predictions/${name}`;
  }
}

/** The body of a request, in the words of a protocol. */
export function bodyOf(protocol: Protocol, asked: Asked): Json {
  const { inputs, rows, tensors } = asked;
  const names = inputs.map(({ name = '' }) => name);
  if (isTabular(inputs)) {
    const records = rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
    switch (protocol) {
      case 'oip':
        return { inputs: inputs.map((input, at) => ({ name: names[at]!, shape: [rows.length], datatype: datatypeOf(input.type), data: rows.map((row) => row[at] ?? null) })) };
      case 'mlflow':
        return { dataframe_split: { columns: names, data: rows.map((row) => [...row]) } };
      case 'tfserving':
        return { instances: records };
      case 'torchserve':
        return records.length === 1 ? records[0]! : records;
    }
  }
  switch (protocol) {
    case 'oip':
      return { inputs: inputs.map((input, at) => ({ name: names[at] || `input_${at}`, shape: shapeOf(tensors[at] ?? []) ?? [], datatype: datatypeOf(input.type), data: tensors[at] ?? [] })) };
    case 'torchserve':
      if (inputs.length === 1) return tensors[0] ?? [];
      return { inputs: Object.fromEntries(names.map((name, at) => [name, tensors[at] ?? []])) };
    default:
      return inputs.length === 1 ? { [protocol === 'mlflow' ? 'inputs' : 'instances']: tensors[0] ?? [] } : { inputs: Object.fromEntries(names.map((name, at) => [name, tensors[at] ?? []])) };
  }
}

const datatypes: Readonly<Record<string, string>> = { double: 'FP64', float64: 'FP64', float: 'FP32', float32: 'FP32', float16: 'FP16', long: 'INT64', int64: 'INT64', integer: 'INT32', int32: 'INT32', int16: 'INT16', int8: 'INT8', uint8: 'UINT8', uint16: 'UINT16', uint32: 'UINT32', uint64: 'UINT64', boolean: 'BOOL', bool: 'BOOL' };

/** The name of a type in the Open Inference Protocol. */
export function datatypeOf(type: string | undefined): string {
  return datatypes[(type ?? '').toLowerCase()] ?? (kindOf(type) === 'text' ? 'BYTES' : 'FP32');
}
