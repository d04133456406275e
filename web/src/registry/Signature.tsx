import { count } from '../ui/format';
import type { Package } from './models';

type Column = NonNullable<Package['inputs']>[number];

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
      {tables.map(([title, columns]) => columns?.length ? <Columns key={title} title={title} columns={columns} /> : null)}
    </>
  );
}

/** The columns or tensors of one side. */
export function Columns({ title, columns }: { title: string; columns: readonly Column[] }) {
  return (
    <div className="scroll-x registry-signature" tabIndex={0} role="group" aria-label={title}>
      <table className="data">
        <thead>
          <tr>
            <th scope="col">
              {title} <span className="muted">{count(columns.length)}</span>
            </th>
            <th scope="col">Type</th>
            <th scope="col">Shape</th>
            <th scope="col">Required</th>
          </tr>
        </thead>
        <tbody>
          {columns.slice(0, 1_000).map((column, index) => (
            <tr key={index}>
              <th scope="row">{column.name || <span className="muted">(unnamed)</span>}</th>
              <td>{column.type}</td>
              <td>{column.shape}</td>
              <td>{column.required === false ? 'no' : 'yes'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {columns.length > 1_000 && <p className="muted registry-small">{count(columns.length - 1_000)} more: the MLmodel file has all of them.</p>}
    </div>
  );
}
