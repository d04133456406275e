import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { micros } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { differenceOf, replayOf, valuesOf } from './replay';
import { askEndpoint, laidOut } from './send';
import type { Endpoint, Prediction } from './wire';

/** Asks the same again, and lays what is answered now beside what was answered then. */
export function Replay({ of, prediction }: { of: Endpoint; prediction: Prediction }) {
  const asking = useMutation({ mutationFn: () => askEndpoint(`/v2/models/${encodeURIComponent(of.name)}/infer`, replayOf(prediction), prediction.key ?? undefined), meta: { silent: true } });
  const { mutate } = asking;
  useEffect(() => mutate(), [mutate]);
  if (asking.error) return <Failed problem={asking.error} retry={() => asking.mutate()} />;
  if (!asking.data) return <Loading lines={2} />;
  const { status, text, version, ms } = asking.data;
  if (status >= 300)
    return (
      <div className="problem" role="alert">
        <strong>Asked again, it was refused with {status}</strong>
        <span>{laidOut(text)}</span>
      </div>
    );
  const now = valuesOf(text);
  const then = new Map((prediction.outputs ?? []).map((one) => [one.name ?? '', one.values ?? []]));
  return (
    <section aria-label="Replay" className="stack">
      <h3>Asked again, just now</h3>
      <p className="muted endpoint-small">
        {version ? `Version ${version} answered` : 'Answered'} in {micros(ms * 1000)}, network and browser included.
      </p>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Then and now">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Output</th>
              <th scope="col">Then, v{prediction.version}</th>
              <th scope="col">Now, v{version}</th>
              <th scope="col">Difference</th>
            </tr>
          </thead>
          <tbody>
            {[...now].map(([name, values]) => {
              const before = then.get(name);
              return (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td className="mono">{before ? cut(before) : <span className="muted">not logged</span>}</td>
                  <td className="mono">{cut(values)}</td>
                  <td>{before ? differenceOf(before, values) : ''}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function cut(values: readonly unknown[]): string {
  return values.slice(0, 8).map(String).join(', ') + (values.length > 8 ? `, … ${values.length - 8} more` : '');
}
