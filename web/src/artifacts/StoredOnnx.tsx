import { useQuery } from '@tanstack/react-query';
import { bytes, count } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { Facts } from './Facts';
import { readPiece } from './files';
import { readOnnx, type OnnxValue } from './onnx';
import type { Shown } from './Preview';

/** What an ONNX model takes, gives and is made of; its weights are not loaded. */
export function StoredOnnx({ run, path, head }: Shown) {
  const model = useQuery({
    queryKey: ['artifacts', run, 'onnx', path],
    queryFn: ({ signal }) => readOnnx(async (from, length) => (await readPiece(run, path, from, length, signal)).bytes, head.total),
    staleTime: 300_000,
    retry: false,
  });
  if (model.error) return <Failed problem={model.error} />;
  if (!model.data) return <Loading lines={8} />;
  const found = model.data;
  return (
    <div className="stack">
      {found.partial && <p className="muted">The model is so scattered that it was not looked through to its end: numbers are what was found until there.</p>}
      <Facts
        of={[
          ['Producer', found.producer],
          ['Graph', found.graph],
          ['Opset', found.opsets.map(({ domain, version }) => `${domain} ${version}`).join(', ')],
          ['Format', `IR version ${found.irVersion}`],
          ['Model version', found.modelVersion ? String(found.modelVersion) : ''],
          ['Domain', found.domain],
          ['Weights', `${count(found.weights.count)} ${found.weights.count === 1 ? 'tensor' : 'tensors'}, ${bytes(found.weights.bytes)}`],
          ['Nodes', count(found.nodes)],
          ['About', found.doc],
          ...found.metadata.map(({ key, value }): [string, string] => [key, value]),
        ]}
      />
      <Values title="Inputs" values={found.inputs} />
      <Values title="Outputs" values={found.outputs} />
      <h3>Operators</h3>
      <ul role="list" className="onnx-operators">
        {found.operators.slice(0, 200).map(({ name, count: times }) => (
          <li className="tag" key={name}>
            <span>{name}</span>
            <span>{count(times)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Values({ title, values }: { title: string; values: OnnxValue[] }) {
  return (
    <div className="scroll-x">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">Type</th>
            <th scope="col">Shape</th>
          </tr>
        </thead>
        <tbody>
          {values.slice(0, 500).map((value, index) => (
            <tr key={index}>
              <th scope="row">{value.name}</th>
              <td>{value.type}</td>
              <td>{value.shape}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
