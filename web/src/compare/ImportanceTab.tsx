import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from '@tanstack/react-router';
import { number, percent } from '../ui/format';
import { Empty, Shown } from '../ui/States';
import { fieldName, fieldsOf } from './fields';
import { importanceQuery, targetOf, type Importance } from './importance';
import type { CompareSearch } from './search';
import type { TabProps } from './tab';

const few = 8;

/** Which params a metric depends on, by what they explain together and by each one's own rank correlation. */
export function ImportanceTab({ runs, search, change }: TabProps) {
  const metrics = useMemo(() => fieldsOf(runs).metrics.map(fieldName), [runs]);
  const chosen = search.color?.startsWith('metrics.') ? fieldName(search.color) : undefined;
  const key = metrics.find((one) => one === chosen) ?? metrics[0];
  const which = search.of ?? 'last';
  const importance = useQuery({ ...importanceQuery(runs, targetOf(key ?? '', which)), enabled: key !== undefined });
  if (key === undefined) return <Empty title="No metric yet">Importance says what a metric depends on; none of these runs has one.</Empty>;
  return (
    <div className="stack">
      <div className="row" role="toolbar" aria-label="Metric">
        <label className="compare-tool">
          What matters for
          <select className="input" value={which} onChange={(event) => change({ of: event.target.value === 'last' ? undefined : (event.target.value as 'min') })}>
            <option value="last">the last</option>
            <option value="min">the least</option>
            <option value="max">the greatest</option>
          </select>
        </label>
        <select className="input" aria-label="Metric" value={key} onChange={(event) => change({ color: `metrics.${event.target.value}` })}>
          {metrics.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      {runs.length < few && <p className="muted">With {runs.length} runs, what follows is mostly chance. Compare more: a few dozen say something.</p>}
      <Shown of={importance}>{(found) => <Weights found={found} metric={key} />}</Shown>
    </div>
  );
}

function Weights({ found, metric }: { found: Importance; metric: string }) {
  if (found.params.length === 0) return <Empty title="No param differs">{found.note ?? 'Runs with different params are needed to see what matters.'}</Empty>;
  return (
    <section className="card stack" aria-label={`What ${metric} depends on`}>
      <p>
        From {found.runs} runs; the params together explain <strong>{percent(found.explained)}</strong> of how {metric} varies. {found.note}
      </p>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Params by importance">
        <table className="data importance">
          <thead>
            <tr>
              <th scope="col">Param</th>
              <th scope="col">Importance</th>
              <th scope="col">Rank correlation</th>
              <th scope="col" className="number">
                Values
              </th>
            </tr>
          </thead>
          <tbody>
            {found.params.map((one) => (
              <tr key={one.param}>
                <th scope="row">
                  <Link from="/compare" search={(before: CompareSearch) => ({ ...before, tab: 'scatter' as const, across: `params.${one.param}`, up: `metrics.${metric}` })} title={`Draw ${metric} by ${one.param}`}>
                    {one.param}
                  </Link>
                </th>
                <td>
                  <span className="importance-bar">
                    <span className="importance-track" aria-hidden="true">
                      <span style={{ inlineSize: `${Math.max(0, Math.min(1, one.importance)) * 100}%` }} />
                    </span>
                    {percent(one.importance)}
                  </span>
                </td>
                <td>
                  {one.correlation === undefined || one.correlation === null ? (
                    <span className="muted">{one.kind === 'categorical' ? 'categories have none' : '–'}</span>
                  ) : (
                    <span className="importance-bar">
                      <span className="importance-track both" aria-hidden="true">
                        <span className={one.correlation < 0 ? 'down' : 'up'} style={{ inlineSize: `${Math.min(1, Math.abs(one.correlation)) * 50}%`, insetInlineStart: one.correlation < 0 ? `${50 - Math.min(1, -one.correlation) * 50}%` : '50%' }} />
                      </span>
                      <span title={String(one.correlation)}>
                        {one.correlation > 0 ? '+' : ''}
                        {number(Math.round(one.correlation * 100) / 100)}
                      </span>
                    </span>
                  )}
                </td>
                <td className="number">
                  {one.distinct}
                  {one.missing > 0 && <span className="muted"> ({one.missing} without)</span>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted">Importance is a param's share of what all params explain, also where it has a best value in the middle or works only with another. Correlation sees only what rises or falls together. Neither is a cause.</p>
    </section>
  );
}
