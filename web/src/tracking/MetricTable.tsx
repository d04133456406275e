import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Wire } from '../api/client';
import { count } from '../ui/format';
import { Num, Time } from '../ui/Value';
import { metricRanges } from './metricRange';

const row = 36;
const chunk = 100;

/** Every metric as a line: latest, least and greatest value. */
export function MetricTable({ id, keys, metrics }: { id: string; keys: readonly string[]; metrics: ReadonlyMap<string, Wire['Metric']> }) {
  const host = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(host.current!.getBoundingClientRect().top + scrollY), []);
  const sorted = useMemo(() => [...keys].sort(new Intl.Collator('en', { numeric: true }).compare), [keys]);
  const lines = useWindowVirtualizer({ count: sorted.length, estimateSize: () => row, overscan: 10, scrollMargin: top });
  const shown = lines.getVirtualItems();
  const chunks = [...new Set(shown.map(({ index }) => Math.floor(index / chunk)))];
  const ranges = useQueries({ queries: chunks.map((at) => metricRanges(id, sorted.slice(at * chunk, (at + 1) * chunk))) });
  return (
    <div className="card metric-table" role="table" aria-label="Metrics" aria-rowcount={sorted.length + 1}>
      <div role="row" className="metric-row metric-row-head">
        {['Metric', 'Latest', 'Step', 'Least', 'Greatest', 'Logged'].map((name) => (
          <span role="columnheader" key={name}>
            {name}
          </span>
        ))}
      </div>
      <div ref={host} style={{ blockSize: lines.getTotalSize(), position: 'relative' }} role="rowgroup">
        {shown.map((item) => {
          const key = sorted[item.index]!;
          const metric = metrics.get(key);
          const range = ranges[chunks.indexOf(Math.floor(item.index / chunk))]?.data?.get(key);
          return (
            <div key={key} role="row" aria-rowindex={item.index + 2} className="metric-row metric-row-line" style={{ transform: `translateY(${item.start - top}px)`, blockSize: row }}>
              <span role="rowheader" title={key}>
                <Link from="/runs/$runId" to="/runs/$runId" params={{ runId: id }} search={(before) => ({ ...before, chart: key })} resetScroll={false}>
                  {key}
                </Link>
              </span>
              <span role="cell">
                <Num value={metric?.value ?? NaN} />
              </span>
              <span role="cell">{count(metric?.step ?? 0)}</span>
              <span role="cell">{range?.min != null && <Num value={range.min} />}</span>
              <span role="cell">{range?.max != null && <Num value={range.max} />}</span>
              <span role="cell">
                <Time at={metric?.timestamp} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
