import { useNavigate, useSearch } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Empty } from '../ui/States';
import { count } from '../ui/format';
import { Copyable } from '../ui/Value';
import { keySearch } from './metricGroups';
import type { Run } from './runs';

const collator = new Intl.Collator('en', { numeric: true });

/** What the run was told. */
export function RunParams({ run }: { run: Run }) {
  const { q = '' } = useSearch({ from: '/runs/$runId' });
  const navigate = useNavigate({ from: '/runs/$runId' });
  const host = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const all = useMemo(() => [...(run.data?.params ?? [])].sort((a, b) => collator.compare(a.key ?? '', b.key ?? '')), [run]);
  const params = useMemo(() => {
    const { matches } = keySearch(q);
    return all.filter(({ key = '', value = '' }) => matches(key) || matches(value));
  }, [all, q]);
  useLayoutEffect(() => setTop((host.current?.getBoundingClientRect().top ?? 0) + scrollY), [all.length === 0]);
  const rows = useWindowVirtualizer({ count: params.length, estimateSize: () => 37, overscan: 12, scrollMargin: top });
  if (all.length === 0)
    return (
      <Empty title="No params">
        <p>
          <code>log_param</code> notes what a run was told: learning rate, seeds, versions.
        </p>
      </Empty>
    );
  return (
    <div className="stack">
      <div className="row">
        <input
          className="input run-search"
          type="search"
          aria-label="Find params"
          placeholder="Find in names and values"
          value={q}
          onChange={(event) => void navigate({ search: (before) => ({ ...before, q: event.target.value || undefined }), replace: true, resetScroll: false })}
        />
        <span className="muted run-small" aria-live="polite">
          {params.length === all.length ? count(all.length) : `${count(params.length)} of ${count(all.length)}`}
        </span>
      </div>
      <div className="card run-params" role="table" aria-label="Params" aria-rowcount={params.length}>
        <div ref={host} role="rowgroup" style={{ blockSize: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map((item) => {
            const { key = '', value = '' } = params[item.index]!;
            return (
              <div key={key} ref={rows.measureElement} data-index={item.index} role="row" aria-rowindex={item.index + 1} className="run-param" style={{ transform: `translateY(${item.start - top}px)` }}>
                <span role="rowheader">{key}</span>
                <span role="cell">
                  <Copyable text={value} title="Copy the exact value">
                    {value.length > 500 ? `${value.slice(0, 499)}…` : value}
                  </Copyable>
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
