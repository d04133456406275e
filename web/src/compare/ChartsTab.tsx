import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useLive } from '../api/live';
import { Button } from '../ui/Button';
import { Empty, Failed } from '../ui/States';
import { CurvesChart } from './CurvesChart';
import { curvesQuery } from './curves';
import { fieldName, fieldsOf } from './fields';
import { groupsOf } from './groups';
import { KeysChoice } from './KeysChoice';
import { Legend } from './Legend';
import { linesOf } from './lines';
import { byUse } from './metricKeys';
import type { TabProps } from './tab';

const keysAtFirst = 6;

/** Each metric as a chart with the lines of all runs over each other. */
export function ChartsTab({ runs, search, change }: TabProps) {
  const queries = useQueryClient();
  const [pointed, setPointed] = useState<string | null>(null);
  const fields = useMemo(() => fieldsOf(runs), [runs]);
  const known = useMemo(() => byUse(runs), [runs]);
  const keys = search.keys ?? known.filter((key) => !key.startsWith('system/')).slice(0, keysAtFirst);
  const across = search.x ?? 'step';
  const hidden = useMemo(() => new Set(search.hide ?? []), [search.hide]);
  const groups = useMemo(() => (search.group ? groupsOf(runs, search.group) : null), [runs, search.group]);
  const curves = useQuery({ ...curvesQuery(runs, keys, across, search.zoom), placeholderData: keepPreviousData, enabled: keys.length > 0 });
  useLive({ runs: runs.filter((run) => run.status === 'RUNNING').map((run) => run.id) }, () => void queries.invalidateQueries({ queryKey: ['compare', 'curves'] }));

  const looks = useMemo(
    () => ({ smooth: search.smooth ?? 0, groups, spread: search.band ?? ('range' as const), bands: runs.length - hidden.size <= 6 }),
    [search.smooth, groups, search.band, runs.length, hidden],
  );
  const charts = useMemo(
    () => (curves.data ?? []).map((ofKey) => linesOf(runs, ofKey, hidden, looks)),
    [curves.data, runs, hidden, looks],
  );
  const groupOf = useMemo(() => {
    const places = new Map<number, number>();
    groups?.forEach((group, place) => group.members.forEach((member) => places.set(member, place)));
    return places;
  }, [groups]);

  if (known.length === 0) {
    return (
      <Empty title="No metric yet">
        <p>A chart appears here as soon as one of these runs logs a metric.</p>
      </Empty>
    );
  }
  return (
    <div className="compare-charts">
      <div className="compare-tools row" role="toolbar" aria-label="Charts">
        <KeysChoice label="Metrics" all={known} chosen={keys} onChoose={(chosen) => change({ keys: chosen })} />
        <label className="compare-tool">
          x
          <select className="input" value={across} onChange={(event) => change({ x: event.target.value === 'step' ? undefined : (event.target.value as 'time'), zoom: undefined })}>
            <option value="step">Step</option>
            <option value="relative">Time since start</option>
            <option value="time">Time</option>
          </select>
        </label>
        <label className="compare-tool">
          Smoothing
          <input type="range" min={0} max={0.99} step={0.01} value={search.smooth ?? 0} onChange={(event) => change({ smooth: Number(event.target.value) || undefined }, true)} />
          <output className="mono">{(search.smooth ?? 0).toFixed(2)}</output>
        </label>
        <label className="compare-tool">
          Groups
          <select className="input" value={search.group ?? ''} onChange={(event) => change({ group: event.target.value || undefined })}>
            <option value="">none</option>
            {[...fields.params, ...fields.tags].map((ref) => (
              <option key={ref} value={ref}>
                by {fieldName(ref)}
              </option>
            ))}
          </select>
        </label>
        {groups && (
          <label className="compare-tool">
            Band
            <select className="input" value={search.band ?? 'range'} onChange={(event) => change({ band: event.target.value === 'deviation' ? 'deviation' : undefined })}>
              <option value="range">least to greatest</option>
              <option value="deviation">standard deviation</option>
            </select>
          </label>
        )}
        <Button aria-pressed={search.log === true} onClick={() => change({ log: search.log ? undefined : true })}>
          Log y
        </Button>
        {search.zoom && <Button onClick={() => change({ zoom: undefined })}>Whole range</Button>}
      </div>
      {curves.error && <Failed problem={curves.error} retry={() => void curves.refetch()} />}
      <div className="compare-split">
        <Legend runs={runs} hidden={hidden} colorOf={(index) => groupOf.get(index) ?? index} note={search.group ? (run) => groupName(groups, runs.indexOf(run)) : undefined} onHide={(ids) => change({ hide: ids.length > 0 ? ids : undefined }, true)} onPoint={setPointed} />
        <div className={keys.length === 1 ? 'compare-grid one' : 'compare-grid'}>
          {keys.map((key, index) => (
            <section key={key} className="card" aria-label={key}>
              <h3>{key}</h3>
              {charts[index] ? (
                <CurvesChart
                  label={`${key} of ${runs.length - hidden.size} runs`}
                  lines={charts[index]}
                  across={across}
                  log={search.log}
                  zoom={search.zoom}
                  onZoom={(zoom) => change({ zoom })}
                  highlight={pointed}
                  height={keys.length === 1 ? 28 : 15}
                />
              ) : (
                <div className="skeleton" style={{ blockSize: keys.length === 1 ? '28rem' : '15rem' }} />
              )}
            </section>
          ))}
        </div>
      </div>
      <p className="muted">Draw across a chart to zoom all of them; a zoom is read anew at full resolution. A double click shows the whole range.</p>
    </div>
  );
}

function groupName(groups: readonly { name: string; members: number[] }[] | null, index: number): string {
  return groups?.find((group) => group.members.includes(index))?.name ?? '';
}
