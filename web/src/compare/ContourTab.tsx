import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { Empty } from '../ui/States';
import { ColorKey } from './ColorKey';
import { ContourChart } from './ContourChart';
import { FieldSelect } from './FieldSelect';
import { fieldName, fieldsOf, scaleOf, valueOf, type FieldRef } from './fields';
import type { TabProps } from './tab';

/** A metric as a landscape over two params. */
export function ContourTab({ runs, search, change }: TabProps) {
  const navigate = useNavigate();
  const fields = useMemo(() => fieldsOf(runs), [runs]);
  const numeric = useMemo(() => {
    const many = (ref: FieldRef) => scaleOf(runs, ref).kind === 'number' && new Set(runs.map((run) => valueOf(run, ref))).size > 1;
    return { params: fields.params.filter(many), metrics: fields.metrics.filter(many) };
  }, [runs, fields]);
  const known = (ref: FieldRef | undefined) => (ref !== undefined && scaleOf(runs, ref).kind === 'number' ? ref : undefined);
  const x = known(search.across) ?? numeric.params[0];
  const y = known(search.up === x ? undefined : search.up) ?? numeric.params.find((ref) => ref !== x);
  const of = known(search.color) ?? numeric.metrics[0];
  if (x === undefined || y === undefined || of === undefined) {
    return (
      <Empty title="Two params and a metric are needed">
        <p>A landscape needs two params that are numbers and differ between these runs, and a metric that most of them have.</p>
      </Empty>
    );
  }
  const drawn = runs.filter((run) => [x, y, of].every((ref) => typeof valueOf(run, ref) === 'number'));
  return (
    <div className="stack">
      <div className="row" role="toolbar" aria-label="Fields">
        <FieldSelect label="x" fields={numeric} value={x} onChoose={(ref) => change({ across: ref })} />
        <FieldSelect label="y" fields={numeric} value={y} onChoose={(ref) => change({ up: ref })} />
        <FieldSelect label="Height" fields={numeric} value={of} onChoose={(ref) => change({ color: ref })} />
      </div>
      <div className="card">
        <ContourChart label={`${fieldName(of)} over ${fieldName(x)} and ${fieldName(y)} of ${drawn.length} runs`} runs={runs} x={x} y={y} of={of} onOpen={(run) => void navigate({ to: '/runs/$runId', params: { runId: run.id } })} />
        <ColorKey of={of} scale={scaleOf(drawn, of)} />
      </div>
      <p className="muted">
        Only the dots are runs. Between them the value is a guess: the mean of all runs, each weighed by one over the square of its distance; far from every run nothing is guessed.
        {drawn.length < runs.length && ` ${runs.length - drawn.length} of the runs lack one of the three.`}
      </p>
    </div>
  );
}
