import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Wire } from '../api/client';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { count } from '../ui/format';
import { Num, Time } from '../ui/Value';
import { MetricChart } from './MetricChart';
import { metricRanges } from './metricRange';
import type { Run } from './runs';
import type { RunSearch } from './runSearch';

/** One chart as large as the window, with its range in numbers. */
export function MetricDialog({ run, id, metric, search, change }: { run: Run; id: string; metric: Wire['Metric']; search: RunSearch; change: (part: Partial<RunSearch>) => void }) {
  const key = metric.key ?? '';
  const axis = search.x ?? 'step';
  const range = useQuery(metricRanges(id, [key])).data?.get(key);
  return (
    <Dialog title={key} wide onClose={() => change({ chart: undefined })}>
      <MetricChart
        run={id}
        name={key}
        axis={axis}
        start={run.info?.start_time ?? 0}
        from={search.from}
        to={search.to}
        smoothing={search.smooth ?? 0}
        log={search.log ?? false}
        clip={search.clip ?? 0}
        height={24}
        large
        onZoom={(zoom) => change({ from: zoom?.from, to: zoom?.to })}
      />
      <dl className="metric-facts">
        <Fact name="Latest">
          <Num value={metric.value ?? NaN} />
        </Fact>
        <Fact name="At step">{count(metric.step ?? 0)}</Fact>
        <Fact name="Least">{range?.min != null && <Num value={range.min} />}</Fact>
        <Fact name="Greatest">{range?.max != null && <Num value={range.max} />}</Fact>
        <Fact name="Logged">
          <Time at={metric.timestamp} />
        </Fact>
      </dl>
      {axis === 'step' && <Range key={`${search.from} ${search.to}`} from={search.from} to={search.to} change={change} />}
    </Dialog>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The range in numbers: what a drag across the chart does, for the keyboard. */
function Range({ from, to, change }: { from: number | undefined; to: number | undefined; change: (part: Partial<RunSearch>) => void }) {
  const [first, setFirst] = useState(from === undefined ? '' : String(Math.ceil(from)));
  const [last, setLast] = useState(to === undefined ? '' : String(Math.floor(to)));
  const number = (text: string) => (text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text));
  return (
    <form
      className="row metric-range"
      onSubmit={(event) => {
        event.preventDefault();
        change({ from: number(first), to: number(last) });
      }}
    >
      <Field label="From step" inputMode="numeric" value={first} onChange={(event) => setFirst(event.target.value)} />
      <Field label="To step" inputMode="numeric" value={last} onChange={(event) => setLast(event.target.value)} />
      <Button type="submit">Show</Button>
      <Button onClick={() => change({ from: undefined, to: undefined })} disabled={from === undefined && to === undefined}>
        Reset zoom
      </Button>
    </form>
  );
}
