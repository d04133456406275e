import { Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Button } from '../ui/Button';
import { Empty } from '../ui/States';
import { ColorKey } from './ColorKey';
import { FieldSelect } from './FieldSelect';
import { fieldName, fieldsOf, inBrushes, scaleOf, valueOf, type FieldRef } from './fields';
import { KeysChoice } from './KeysChoice';
import { fieldText, ParallelChart } from './ParallelChart';
import type { ComparedRun } from './runs';
import type { TabProps } from './tab';

/** Each run a line across the axes that are chosen; who draws on the axes narrows the list below. */
export function ParallelTab({ runs, search, change }: TabProps) {
  const fields = useMemo(() => fieldsOf(runs), [runs]);
  const first = useMemo(() => axesAtFirst(runs, fields), [runs, fields]);
  const axes = search.axes ?? first;
  const color = search.color ?? axes.findLast((ref) => ref.startsWith('metrics.'));
  const brush = search.brush ?? {};
  const scales = useMemo(() => new Map([...axes, ...(color ? [color] : [])].map((ref) => [ref, scaleOf(runs, ref)])), [runs, axes, color]);
  const inside = runs.filter((run) => inBrushes(run, brush, scales));

  if (axes.length < 2) {
    return (
      <Empty title="Two axes are needed">
        <p>Parallel coordinates show how params and metrics go together; these runs have fewer than two that can be drawn.</p>
      </Empty>
    );
  }
  return (
    <div className="stack">
      <div className="row" role="toolbar" aria-label="Axes">
        <KeysChoice label="Axes" all={[...fields.params, ...fields.metrics, 'attributes.duration']} chosen={axes} max={20} name={fieldName} onChoose={(chosen) => change({ axes: chosen, brush: undefined })} />
        <FieldSelect label="Colour" fields={fields} value={color} onChoose={(ref) => change({ color: ref })} />
        {Object.keys(brush).length > 0 && <Button onClick={() => change({ brush: undefined })}>Choose all again</Button>}
      </div>
      <div className="card scroll-x" tabIndex={0} role="group" aria-label="Parallel coordinates">
        <div style={{ minInlineSize: `${axes.length * 7}rem` }}>
          <ParallelChart label={`Parallel coordinates of ${runs.length} runs over ${axes.map(fieldName).join(', ')}`} runs={runs} axes={axes} color={color} brush={brush} onBrush={(next) => change({ brush: Object.keys(next).length > 0 ? next : undefined })} />
        </div>
        {color && scales.get(color) && <ColorKey of={color} scale={scales.get(color)!} />}
      </div>
      <Limits axes={axes} brush={brush} runs={runs} onChange={(next) => change({ brush: next })} />
      <Chosen runs={inside} of={runs.length} axes={axes} />
    </div>
  );
}

/** The params that differ, as many as there is room for, and the metrics that most runs have. */
function axesAtFirst(runs: readonly ComparedRun[], fields: { params: FieldRef[]; metrics: FieldRef[] }): FieldRef[] {
  const differing = fields.params.filter((ref) => new Set(runs.map((run) => valueOf(run, ref))).size > 1);
  return [...differing.slice(0, 7), ...fields.metrics.filter((ref) => !ref.startsWith('metrics.system/')).slice(0, 3)];
}

/** The same stretches as numbers: for the keyboard, and for those who know them. */
function Limits({ axes, brush, runs, onChange }: { axes: readonly FieldRef[]; brush: Readonly<Record<string, readonly [number, number]>>; runs: readonly ComparedRun[]; onChange: (brush: Record<string, [number, number]>) => void }) {
  const numeric = axes.flatMap((ref) => {
    const scale = scaleOf(runs, ref);
    return scale.kind === 'number' ? [{ ref, scale }] : [];
  });
  return (
    <details className="card">
      <summary>Limits as numbers</summary>
      <div className="parallel-limits">
        {numeric.map(({ ref, scale }) => {
          const [from, to] = brush[ref] ?? [scale.least, scale.greatest];
          const set = (low: number, high: number) => low < high && onChange({ ...(brush as Record<string, [number, number]>), [ref]: [low, high] });
          return (
            <fieldset key={`${ref} ${from} ${to}`}>
              <legend>{fieldName(ref)}</legend>
              <input className="input" type="number" step="any" aria-label={`${fieldName(ref)} from`} defaultValue={from} onBlur={(event) => event.target.valueAsNumber !== from && set(event.target.valueAsNumber, to)} />
              <input className="input" type="number" step="any" aria-label={`${fieldName(ref)} to`} defaultValue={to} onBlur={(event) => event.target.valueAsNumber !== to && set(from, event.target.valueAsNumber)} />
            </fieldset>
          );
        })}
      </div>
    </details>
  );
}

function Chosen({ runs, of, axes }: { runs: readonly ComparedRun[]; of: number; axes: readonly FieldRef[] }) {
  if (runs.length === 0) return <Empty title="No run lies in all of these stretches" />;
  return (
    <section className="card stack" aria-label="Chosen runs">
      <div className="row between">
        <h2>{runs.length === of ? `All ${of} runs` : `${runs.length} of ${of} runs`}</h2>
        {runs.length < of && (
          <Link className="button" to="/compare" search={{ runs: runs.map((run) => run.id).join(',') }}>
            Compare only these
          </Link>
        )}
      </div>
      <div className="scroll-x parallel-chosen" tabIndex={0} role="group" aria-label="Table of the chosen runs">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {axes.map((ref) => (
                <th key={ref} scope="col" className="number">
                  {fieldName(ref)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <td>
                  <Link to="/runs/$runId" params={{ runId: run.id }}>
                    {run.name}
                  </Link>
                </td>
                {axes.map((ref) => (
                  <td key={ref} className="number" title={String(valueOf(run, ref) ?? '')}>
                    {fieldText(ref, valueOf(run, ref))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
