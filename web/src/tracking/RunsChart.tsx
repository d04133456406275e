import type { EChartsCoreOption } from 'echarts/core';
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { Button } from '../ui/Button';
import { Chart } from '../ui/Chart';
import { count, number } from '../ui/format';
import { Icon } from '../ui/Icon';
import { seriesColor, type ChartColors } from '../ui/palette';
import { fullTitle, type Column } from './columns';
import { pointsOf, scattered, type Points } from './runPoints';
import type { RunCells } from './runCells';
import type { RunOrder } from './runOrder';
import './RunsChart.css';

interface Props {
  order: RunOrder;
  cells: RunCells;
  /** What can stand on the axes. */
  columns: readonly Column[];
  x: Column;
  y: Column;
  group: Column | null;
  selected: ReadonlySet<string>;
  choose: (x: Column, y: Column) => void;
  toggle: (id: string) => void;
  close: () => void;
}

/** Runs as points, one column over another, beside their table: a click selects the run. */
export default function RunsChart({ order, cells, columns, x, y, group, selected, choose, toggle, close }: Props) {
  const version = useSyncExternalStore(cells.subscribe, cells.version);
  const ids = useMemo(() => order.ids(0, scattered), [order]);
  const fields = useMemo(() => ['attributes.run_name', x.field, y.field, ...(group ? [group.field] : [])], [x, y, group]);
  useEffect(() => {
    if (cells.problem === null) void cells.want(ids, fields);
  }, [cells, ids, fields, version]);
  // eslint-disable-next-line react-hooks/exhaustive-deps -- version stands for what is in the cells
  const points = useMemo(() => pointsOf(ids, cells, x, y, group), [ids, cells, x, y, group, version]);
  const option = useCallback((colors: ChartColors, theme: 'light' | 'dark') => drawing(points, selected, x, y, colors, theme), [points, selected, x, y]);
  const latest = useRef(toggle);
  latest.current = toggle;
  const drawn = points.groups.reduce((sum, one) => sum + one.points.length, 0);

  return (
    <section className="card runs-chart" aria-label="Runs as points">
      <div className="runs-chart-axes">
        <Axis label="Up" columns={columns} of={y} choose={(next) => choose(x, next)} />
        <Axis label="Across" columns={columns} of={x} choose={(next) => choose(next, y)} />
        <Button look="plain" square aria-label="Close the chart" onClick={close}>
          <Icon name="close" />
        </Button>
      </div>
      <Chart
        label={`${count(drawn)} runs: ${fullTitle(y)} over ${fullTitle(x)}. The table has the values.`}
        option={option}
        height={20}
        onReady={(chart) => {
          chart.on('click', (event) => {
            const id = (event.data as { id?: unknown } | null)?.id;
            if (typeof id === 'string') latest.current(id);
          });
        }}
      />
      <p className="muted runs-chart-note">
        {count(drawn)} of {count(order.count)} runs have both{order.count > scattered && `; of the first ${count(scattered)}`}. A click selects.
      </p>
    </section>
  );
}

function Axis({ label, columns, of, choose }: { label: string; columns: readonly Column[]; of: Column; choose: (of: Column) => void }) {
  const known = columns.some((one) => one.field === of.field) ? columns : [of, ...columns];
  return (
    <label>
      <span className="muted">{label}</span>
      <select className="input" value={of.field} onChange={(event) => choose(known.find((one) => one.field === event.target.value) ?? of)}>
        {known.map((one) => (
          <option key={one.field} value={one.field}>
            {fullTitle(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

function drawing(points: Points, selected: ReadonlySet<string>, x: Column, y: Column, colors: ChartColors, theme: 'light' | 'dark'): EChartsCoreOption {
  const axis = (of: Column, categories: readonly string[] | null, log: boolean, place: object) => ({
    ...place,
    name: fullTitle(of),
    nameLocation: 'middle',
    nameTextStyle: { color: colors.ink2 },
    type: categories ? 'category' : of.key === 'start_time' || of.key === 'end_time' ? 'time' : log ? 'log' : 'value',
    ...(categories && { data: [...categories] }),
    scale: true,
    axisLabel: { color: colors.ink2, hideOverlap: true, ...(!categories && of.kind !== 'attributes' && { formatter: (value: number) => number(value) }) },
    axisLine: { lineStyle: { color: colors.line } },
    splitLine: { lineStyle: { color: colors.line } },
  });
  return {
    grid: { left: 12, right: 16, top: points.groups.length > 1 ? 34 : 14, bottom: 28, outerBoundsMode: 'same', outerBoundsContain: 'all' },
    xAxis: axis(x, points.x, points.log.x, { nameGap: 26 }),
    yAxis: axis(y, points.y, points.log.y, { nameGap: 44 }),
    ...(points.groups.length > 1 && { legend: { type: 'scroll', top: 0, textStyle: { color: colors.ink }, inactiveColor: colors.line } }),
    tooltip: {
      renderMode: 'richText',
      backgroundColor: colors.card,
      borderColor: colors.line,
      textStyle: { color: colors.ink, fontSize: 12 },
      formatter: ({ data }: { data: { name: string; value: readonly [number | string, number | string] } }) => `${data.name}\n${fullTitle(x)}: ${shown(data.value[0], x)}\n${fullTitle(y)}: ${shown(data.value[1], y)}`,
    },
    series: points.groups.map((group, at) => ({
      type: 'scatter',
      name: group.name,
      color: seriesColor(at, theme),
      symbolSize: 8,
      data: group.points.map((one) => ({
        id: one.id,
        name: one.name,
        value: [one.x, one.y],
        ...(selected.has(one.id) ? { symbolSize: 14, itemStyle: { borderColor: colors.ink, borderWidth: 2 } } : { itemStyle: { opacity: 0.75 } }),
      })),
    })),
  };
}

function shown(value: number | string, of: Column): string {
  return of.kind === 'metrics' || typeof value === 'string' ? number(value) || String(value) : of.key === 'start_time' ? new Date(value).toLocaleString() : number(value);
}
