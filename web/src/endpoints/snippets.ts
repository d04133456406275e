import { bodyOf, pathOf, type Asked, type Protocol } from './protocols';
import { laidOut } from './send';
import { isTabular, type Cell, type Json } from './signature';

/** Ways to call an endpoint, each as lines to copy. */
export const languages = { curl: 'curl', python: 'Python', dotnet: '.NET', client: 'Client library' } as const;
export type Language = keyof typeof languages;

/** What stands in the lines. */
export interface Called {
  origin: string;
  endpoint: string;
  asked: Asked;
  /** Whether somebody is asked who they are. */
  token: boolean;
  /** Which model an embedding program follows: `models:/NAME@ALIAS`. */
  model: string;
}

/** The lines of one language for one protocol; names and values stand in them as its literals. */
export function snippet(language: Language, protocol: Protocol, called: Called): string {
  switch (language) {
    case 'curl':
      return curl(protocol, called);
    case 'python':
      return python(protocol, called);
    case 'dotnet':
      return dotnet(protocol, called);
    case 'client':
      return client(protocol, called);
  }
}

function body(protocol: Protocol, { asked }: Called): string {
  return JSON.stringify(asked.inputs.length === 0 ? { inputs: [] } : bodyOf(protocol, asked));
}

function curl(protocol: Protocol, called: Called): string {
  return [
    `curl ${called.origin}${pathOf(protocol, called.endpoint)} \\`,
    ...(called.token ? ['  -H "Authorization: Bearer $SLIPWAY_TOKEN" \\'] : []),
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${body(protocol, called).replaceAll("'", `'\\''`)}'`,
  ].join('\n');
}

function python(protocol: Protocol, called: Called): string {
  return [
    'import requests',
    '',
    'answer = requests.post(',
    `    ${JSON.stringify(called.origin + pathOf(protocol, called.endpoint))},`,
    ...(called.token ? [`    headers={"Authorization": "Bearer " + token},`] : []),
    `    json=${literal(JSON.parse(body(protocol, called)) as Json, '    ')},`,
    ')',
    'answer.raise_for_status()',
    'print(answer.json())',
  ].join('\n');
}

/** A JSON value as a literal of Python. */
function literal(value: Json, indent: string): string {
  return laidOut(JSON.stringify(value))
    .split('\n')
    .map((line, at) => (at === 0 ? line : indent + line))
    .join('\n')
    .replace(/("(?:[^"\\]|\\.)*")|\b(true|false|null)\b/g, (whole, text: string | undefined, word: string | undefined) => text ?? (word === 'true' ? 'True' : word === 'false' ? 'False' : word === 'null' ? 'None' : whole));
}

function dotnet(protocol: Protocol, called: Called): string {
  return [
    `using var http = new HttpClient { BaseAddress = new Uri(${JSON.stringify(called.origin)}) };`,
    ...(called.token ? ['http.DefaultRequestHeaders.Authorization = new("Bearer", token);'] : []),
    `using var body = new StringContent(${JSON.stringify(body(protocol, called))}, Encoding.UTF8, "application/json");`,
    `using var answer = await http.PostAsync(${JSON.stringify(pathOf(protocol, called.endpoint))}, body);`,
    'answer.EnsureSuccessStatusCode();',
    'Console.WriteLine(await answer.Content.ReadAsStringAsync());',
    '',
    '// Or inside the program, without a server on the way: the model is followed, validated and logged like an endpoint.',
    `// slipway models codegen ${called.model} writes ModelInput and ModelOutput.`,
    `services.AddSlipwayModel<ModelInput, ModelOutput>(${JSON.stringify(called.model)});`,
  ].join('\n');
}

function client(protocol: Protocol, called: Called): string {
  const { asked, endpoint, origin } = called;
  switch (protocol) {
    case 'oip':
      return [
        'pip install tritonclient[http]',
        '',
        'import numpy as np, tritonclient.http as triton',
        `client = triton.InferenceServerClient(${JSON.stringify(origin.replace(/^https?:\/\//, ''))}${origin.startsWith('https') ? ', ssl=True' : ''})`,
        ...oipInputs(called),
        `answer = client.infer(${JSON.stringify(endpoint)}, inputs${called.token ? ', headers={"Authorization": "Bearer " + token}' : ''})`,
        'print(answer.get_response())',
      ].join('\n');
    case 'mlflow':
      return [
        'pip install mlflow pandas',
        '',
        'import pandas as pd, requests',
        isTabular(asked.inputs) ? `rows = pd.DataFrame(${rowsLiteral(called)})` : `rows = ${literal(asked.tensors[0] ?? [], '')}`,
        `body = ${isTabular(asked.inputs) ? '{"dataframe_split": rows.to_dict(orient="split", index=False)}' : '{"inputs": rows}'}`,
        `print(requests.post(${JSON.stringify(origin + pathOf('mlflow', endpoint))}, json=body${called.token ? ', headers={"Authorization": "Bearer " + token}' : ''}).json())`,
      ].join('\n');
    default:
      return python(protocol, called);
  }
}

const numpy: Readonly<Record<string, string>> = { FP64: 'float64', FP32: 'float32', FP16: 'float16', INT64: 'int64', INT32: 'int32', INT16: 'int16', INT8: 'int8', BOOL: 'bool', BYTES: 'object' };

function oipInputs({ asked }: Called): string[] {
  const { inputs } = bodyOf('oip', asked) as unknown as { inputs: { name: string; shape: number[]; datatype: string; data: Json }[] };
  return [
    'inputs = []',
    ...inputs.slice(0, 30).flatMap((one) => [
      `x = np.array(${literal(one.data, '')}, dtype="${numpy[one.datatype] ?? 'float32'}")`,
      `inputs.append(triton.InferInput(${JSON.stringify(one.name)}, x.shape, "${one.datatype}")); inputs[-1].set_data_from_numpy(x)`,
    ]),
  ];
}

function rowsLiteral({ asked }: Called): string {
  const rows = asked.rows.map((row) => Object.fromEntries(asked.inputs.map(({ name = '' }, at): [string, Cell] => [name, row[at] ?? null])));
  return literal(rows, '');
}

/** What one posts later, when it is known what really came: it joins the prediction by the request's id. */
export function feedback({ origin, token }: Called): string {
  return [
    `curl ${origin}/api/feedback \\`,
    ...(token ? ['  -H "Authorization: Bearer $SLIPWAY_TOKEN" \\'] : []),
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"request_id": "the X-Request-Id of the answer", "value": 1}'`,
  ].join('\n');
}
