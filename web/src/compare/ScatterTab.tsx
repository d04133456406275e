import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../ui/States';
import { ColorKey } from './ColorKey';
import { FieldSelect } from './FieldSelect';
import { fieldName, fieldsOf, scaleOf, valueOf } from './fields';
import { ScatterChart } from './ScatterChart';
import type { TabProps } from './tab';

/** One dot a run. */
export function ScatterTab({ runs, search, change }: TabProps) {
  const navigate = useNavigate();
  const fields = useMemo(() => fieldsOf(runs), [runs]);
  const x = search.across ?? fields.params.find((ref) => scaleOf(runs, ref).kind === 'number') ?? fields.metrics[0];
  const y = search.up ?? fields.metrics.find((ref) => ref !== x) ?? fields.params.find((ref) => ref !== x);
  if (x === undefined || y === undefined) return <Empty title="Two fields are needed">These runs have fewer than two params and metrics.</Empty>;
  const drawn = runs.filter((run) => valueOf(run, x) !== null && valueOf(run, y) !== null).length;
  return (
    <div className="stack">
      <div className="row" role="toolbar" aria-label="Fields">
        <FieldSelect label="x" fields={fields} value={x} onChoose={(ref) => change({ across: ref })} />
        <FieldSelect label="y" fields={fields} value={y} onChoose={(ref) => change({ up: ref })} />
        <FieldSelect label="Colour" none="one for all" fields={fields} value={search.color} onChoose={(ref) => change({ color: ref })} />
        <FieldSelect label="Size" none="one for all" fields={fields} value={search.size} onChoose={(ref) => change({ size: ref })} />
      </div>
      <div className="card">
        <ScatterChart label={`${fieldName(y)} by ${fieldName(x)} of ${drawn} runs`} runs={runs} x={x} y={y} color={search.color} size={search.size} onOpen={(run) => void navigate({ to: '/runs/$runId', params: { runId: run.id } })} />
        {search.color && <ColorKey of={search.color} scale={scaleOf(runs, search.color)} />}
      </div>
      <p className="muted">
        A click on a dot opens its run.{drawn < runs.length && ` ${runs.length - drawn} of the runs lack one of the two and are not drawn.`}
      </p>
    </div>
  );
}
