import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/client';
import { idOf } from '../lineage/nodes';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty } from '../ui/States';
import { Copyable, Num, Time } from '../ui/Value';
import { columnsOf, factsOf } from './dataset';
import { RunName } from './RunOverview';
import type { Run } from './runs';

/** What a run read, and the models that it read and made. */
export function RunData({ run }: { run: Run }) {
  const inputs = run.inputs?.dataset_inputs ?? [];
  const read = run.inputs?.model_inputs ?? [];
  const made = run.outputs?.model_outputs ?? [];
  if (inputs.length + read.length + made.length === 0)
    return (
      <Empty title="No data sets and no models">
        <p>
          <code>mlflow.log_input</code> and <code>slipway run --data FILE</code> note what a run read, <code>log_model</code> what it made.
        </p>
      </Empty>
    );
  return (
    <div className="stack">
      {inputs.map((input, index) => {
        const data = input.dataset ?? {};
        const columns = columnsOf(data.schema);
        return (
          <section className="card stack" key={index} aria-label={`Data set ${data.name}`}>
            <div className="row between">
              <h2>{data.name}</h2>
              <span className="row">
                {input.tags?.map(({ key, value }) => (
                  <span className="tag" key={key}>
                    <span>{key === 'mlflow.data.context' ? 'context' : key}</span>
                    <span>{value}</span>
                  </span>
                ))}
                <Link className="button" to="/lineage" search={{ of: idOf('dataset', data.name ?? '', data.digest ?? '') }} title="Everything that read this data">
                  <Icon name="lineage" /> Lineage
                </Link>
              </span>
            </div>
            <dl className="facts">
              <dt>Digest</dt>
              <dd>
                <Copyable text={data.digest ?? ''} />
              </dd>
              <dt>Source</dt>
              <dd>
                {data.source_type} <Copyable text={data.source ?? ''} />
              </dd>
              {factsOf(data.profile).map(([name, value]) => (
                <div key={name} className="run-fact">
                  <dt>{name.replaceAll('_', ' ')}</dt>
                  <dd>{typeof value === 'number' ? <Num value={value} /> : value}</dd>
                </div>
              ))}
            </dl>
            {columns.length > 0 && (
              <details>
                <summary>{count(columns.length)} columns</summary>
                <div className="scroll-x run-columns">
                  <table className="data">
                    <thead>
                      <tr>
                        <th scope="col">Column</th>
                        <th scope="col">Type</th>
                      </tr>
                    </thead>
                    <tbody>
                      {columns.slice(0, 2_000).map((column, at) => (
                        <tr key={at}>
                          <th scope="row">{column.name}</th>
                          <td>{column.type}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </details>
            )}
          </section>
        );
      })}
      {read.length > 0 && <Models title="Models that it read" ids={read.map(({ model_id }) => ({ id: model_id ?? '' }))} />}
      {made.length > 0 && <Models title="Models that it made" ids={made.map(({ model_id, step }) => ({ id: model_id ?? '', step }))} />}
    </div>
  );
}

function Models({ title, ids }: { title: string; ids: { id: string; step?: number | undefined }[] }) {
  return (
    <section className="card scroll-x">
      <h2>{title}</h2>
      <table className="data run-models">
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col">Status</th>
            <th scope="col">Type</th>
            <th scope="col">Step</th>
            <th scope="col">Made</th>
            <th scope="col">By run</th>
            <th scope="col">Id</th>
          </tr>
        </thead>
        <tbody>
          {ids.slice(0, 200).map(({ id, step }) => (
            <Model key={`${id} ${step}`} id={id} step={step} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Model({ id, step }: { id: string; step: number | undefined }) {
  const model = useQuery({ queryKey: ['logged-model', id], queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/logged-models/{model_id}', { path: { model_id: id }, signal })).model });
  const info = model.data?.info;
  const status = (info?.status ?? '').replace('LOGGED_MODEL_', '').toLowerCase();
  return (
    <tr>
      <th scope="row">{info?.name ?? (model.error ? 'not to be seen' : '')}</th>
      <td>{status && <span className={`pill ${status === 'ready' ? 'good' : status.includes('fail') ? 'bad' : 'live'}`}>{status}</span>}</td>
      <td>{info?.model_type}</td>
      <td>{step === undefined ? '' : count(step)}</td>
      <td>{info && <Time at={info.creation_timestamp_ms} />}</td>
      <td>{info?.source_run_id && <RunName id={info.source_run_id} />}</td>
      <td>
        <Copyable text={id} />
      </td>
    </tr>
  );
}
