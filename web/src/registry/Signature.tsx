import { SignatureTable } from '../ui/SignatureTable';
import type { Package } from './models';

/** What a model takes and gives, and which params it knows. */
export function Signature({ of }: { of: Package }) {
  const tables = [
    ['Inputs', of.inputs],
    ['Outputs', of.outputs],
    ['Params', of.params],
  ] as const;
  if (tables.every(([, columns]) => !columns?.length)) return <p className="muted registry-small">No signature: what the model takes is not written down. MLflow infers one from an input example.</p>;
  return (
    <>
      {of.signature_derived && <p className="muted registry-small">Read from the ONNX model: nobody wrote a signature down.</p>}
      {tables.map(([title, columns]) => (
        <SignatureTable key={title} title={title} columns={columns ?? []} />
      ))}
    </>
  );
}
