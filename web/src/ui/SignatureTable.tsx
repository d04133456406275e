import { count } from './format';
import './signature-table.css';

/** A column or tensor that a model takes or gives, or a param that it knows. */
export interface SignatureColumn {
  name?: string | undefined;
  type?: string | undefined;
  shape?: string | undefined;
  required?: boolean | undefined;
}

/** More than anybody reads; a model of pixels or words has very many. */
const shownMax = 1_000;

/** One side of a signature. */
export function SignatureTable({ title, columns, last = 'Shape' }: { title: string; columns: readonly SignatureColumn[]; last?: string }) {
  if (columns.length === 0) return null;
  return (
    <div className="scroll-x signature-table" tabIndex={0} role="group" aria-label={title}>
      <table className="data">
        <thead>
          <tr>
            <th scope="col">
              {title} <span className="muted">{count(columns.length)}</span>
            </th>
            <th scope="col">Type</th>
            <th scope="col">{last}</th>
            <th scope="col">Required</th>
          </tr>
        </thead>
        <tbody>
          {columns.slice(0, shownMax).map((column, index) => (
            <tr key={index}>
              <th scope="row">{column.name || <span className="muted">(unnamed)</span>}</th>
              <td>{column.type}</td>
              <td>{shapeText(column.shape)}</td>
              <td>{column.required === false ? 'no' : 'yes'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {columns.length > shownMax && <p className="muted signature-table-more">{count(columns.length - shownMax)} more: the MLmodel file has all of them.</p>}
    </div>
  );
}

/** A shape as one reads it: `["batch",3]` and `[-1,3]` are `batch × 3` and `? × 3`. Anything else stays what it is. */
export function shapeText(shape: string | undefined): string | undefined {
  if (!shape?.startsWith('[')) return shape;
  try {
    const sizes: unknown = JSON.parse(shape);
    if (!Array.isArray(sizes)) return shape;
    return sizes.length === 0 ? 'one value' : sizes.map((size) => (size === -1 ? '?' : String(size))).join(' × ');
  } catch {
    return shape;
  }
}
