import { useMemo } from 'react';
import { parse } from 'yaml';
import { SignatureTable } from '../ui/SignatureTable';
import { Facts } from './Facts';
import { readModel } from './mlmodel';
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
          <SignatureTable title="Inputs" columns={model.inputs} last="Shape or default" />
          <SignatureTable title="Outputs" columns={model.outputs} last="Shape or default" />
          <SignatureTable title="Params" columns={model.params} last="Shape or default" />
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
