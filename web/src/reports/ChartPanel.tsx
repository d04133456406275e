import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTheme } from '../app/theme';
import { CurvesChart } from '../compare/CurvesChart';
import { curvesQuery } from '../compare/curves';
import { groupsOf } from '../compare/groups';
import { linesOf } from '../compare/lines';
import { Button } from '../ui/Button';
import { Failed } from '../ui/States';
import { seriesColor } from '../ui/palette';
import type { PanelProps } from './PanelView';

const nothing: ReadonlySet<string> = new Set();
const namesMax = 30;

/** Metrics of runs over each other. */
export function ChartPanel({ panel, runs }: PanelProps<'chart'>) {
  const theme = useTheme();
  const [zoom, setZoom] = useState<[number, number]>();
  const [pointed, setPointed] = useState<string | null>(null);
  const across = panel.x ?? 'step';
  const curves = useQuery({ ...curvesQuery(runs, panel.keys, across, zoom), placeholderData: keepPreviousData });
  const groups = useMemo(() => (panel.group ? groupsOf(runs, panel.group) : null), [runs, panel.group]);
  const looks = useMemo(() => ({ smooth: panel.smooth ?? 0, groups, spread: panel.band ?? ('range' as const), bands: runs.length <= 6 }), [panel, groups, runs.length]);
  const charts = useMemo(() => (curves.data ?? []).map((ofKey) => linesOf(runs, ofKey, nothing, looks)), [curves.data, runs, looks]);
  const names = groups?.map((group, color) => ({ id: `group ${group.name}`, name: `${group.name} (${group.members.length})`, color })) ?? runs.map((run, color) => ({ id: run.id, name: run.name, color }));
  return (
    <>
      {curves.error && <Failed problem={curves.error} retry={() => void curves.refetch()} />}
      <div className={panel.keys.length === 1 ? 'compare-grid one' : 'compare-grid'}>
        {panel.keys.map((key, index) => (
          <section key={key} aria-label={key}>
            <h4>{key}</h4>
            {charts[index] ? (
              <CurvesChart label={`${key} of ${runs.length} runs`} lines={charts[index]} across={across} log={panel.log} zoom={zoom} onZoom={setZoom} highlight={pointed} height={panel.keys.length === 1 ? 20 : 15} />
            ) : (
              <div className="skeleton" style={{ blockSize: panel.keys.length === 1 ? '20rem' : '15rem' }} />
            )}
          </section>
        ))}
      </div>
      <div className="row between">
        <ul role="list" className="color-key" aria-label="Lines" onPointerLeave={() => setPointed(null)}>
          {names.slice(0, namesMax).map((one) => (
            <li key={one.id} onPointerEnter={() => setPointed(one.id)}>
              <span className="legend-mark" style={{ background: seriesColor(one.color, theme) }} /> {one.name}
            </li>
          ))}
          {names.length > namesMax && <li>and {names.length - namesMax} more</li>}
        </ul>
        {zoom && <Button onClick={() => setZoom(undefined)}>Whole range</Button>}
      </div>
    </>
  );
}
