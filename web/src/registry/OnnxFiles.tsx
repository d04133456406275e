import { bytes, count } from '../ui/format';
import { SignatureTable } from '../ui/SignatureTable';
import type { OnnxFile, Package } from './models';

/** What ONNX Runtime says of the models among the files. */
export function OnnxFiles({ of }: { of: Package }) {
  return (
    <>
      {(of.onnx ?? []).map((file) => (
        <section key={file.file} className="card stack" aria-label={`ONNX model ${file.file}`}>
          <h2>ONNX: {file.file}</h2>
          {file.error && <p className="problem">{file.error}</p>}
          <dl className="facts">
            {facts(file).map(([label, value]) =>
              value ? (
                <div key={label} className="registry-fact">
                  <dt>{label}</dt>
                  <dd>{value}</dd>
                </div>
              ) : null,
            )}
          </dl>
          <SignatureTable title="Inputs" columns={file.inputs ?? []} />
          <SignatureTable title="Outputs" columns={file.outputs ?? []} />
          {file.operators?.length ? (
            <p className="row">
              {file.operators.slice(0, 100).map((one) => (
                <span key={one.name} className="tag">
                  <span>{one.name}</span>
                  <span>{count(one.count)}</span>
                </span>
              ))}
            </p>
          ) : null}
        </section>
      ))}
    </>
  );
}

function facts(file: OnnxFile): [string, string | undefined][] {
  return [
    ['Producer', [file.producer, file.producer_version].filter(Boolean).join(' ')],
    ['Graph', file.graph],
    ['Opset', (file.opsets ?? []).map(({ domain, version }) => `${domain || 'ai.onnx'} ${version}`).join(', ')],
    ['Format', file.ir_version ? `IR version ${file.ir_version}` : ''],
    ['Nodes', file.nodes ? count(file.nodes) : ''],
    ['Weights', file.weights ? count(file.weights) : ''],
    ['Size', file.bytes ? bytes(file.bytes) : ''],
    ['About', file.description],
    ...Object.entries(file.metadata ?? {}).map(([key, value]): [string, string] => [key, String(value).slice(0, 500)]),
  ];
}
