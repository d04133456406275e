import { useMemo } from 'react';
import { parse } from 'yaml';
import { count } from '../ui/format';
import { Facts } from './Facts';
import { readModel, type Field } from './mlmodel';
import type { Shown } from './Preview';
import { StoredText } from './StoredText';

/** MLflow's description of a model: how it is loaded, what it takes and gives. */
export function StoredModel(file: Shown) {
  const model = useMemo(() => {
    try {
      return readModel(parse(new TextDecoder().decode(file.head.bytes), { maxAliasCount: 20 }));
    } catch {
      return null;
    }
  }, [file.head]);
  if (model === null) return <StoredText {...file} />;
  return (
    <div className="stack">
      <Facts of={model.facts} />
      {model.inputs.length + model.outputs.length + model.params.length > 0 ? (
        <>
          <Fields title="Inputs" fields={model.inputs} />
          <Fields title="Outputs" fields={model.outputs} />
          <Fields title="Params" fields={model.params} />
        </>
      ) : (
        <p className="muted">The model has no signature: what it takes is not written down. MLflow infers one from an input example.</p>
      )}
      <h3>Flavors</h3>
      {model.flavors.map(([name, options]) => (
        <details key={name} open={model.flavors.length < 4}>
          <summary>{name}</summary>
          <Facts of={options} />
        </details>
      ))}
      <details>
        <summary>The file itself</summary>
        <StoredText {...file} />
      </details>
    </div>
  );
}

function Fields({ title, fields }: { title: string; fields: Field[] }) {
  if (fields.length === 0) return null;
  return (
    <div className="scroll-x">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">
              {title} <span className="muted">{count(fields.length)}</span>
            </th>
            <th scope="col">Type</th>
            <th scope="col">Shape or default</th>
            <th scope="col">Required</th>
          </tr>
        </thead>
        <tbody>
          {fields.slice(0, 1_000).map((field, index) => (
            <tr key={index}>
              <th scope="row">{field.name}</th>
              <td>{field.type}</td>
              <td>{field.shape}</td>
              <td>{field.required ? 'yes' : 'no'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
