import type { CustomSeriesRenderItem } from 'echarts';
import { useCallback } from 'react';
import { Chart } from '../ui/Chart';
import { number } from '../ui/format';
import { rampColor, seriesColor, type ChartColors } from '../ui/palette';
import type { HistogramHeat } from './histogram';

const ridgesMax = 24;

/** Histograms over steps: as cells, darker where more lies, or as ridges one behind the other. */
export function HeatChart({ label, heat, look, height = 18 }: { label: string; heat: HistogramHeat; look: 'heat' | 'ridge'; height?: number }) {
  const option = useCallback((colors: ChartColors, theme: 'light' | 'dark') => (look === 'heat' ? cells(heat, colors, theme) : ridges(heat, colors, theme)), [heat, look]);
  return <Chart label={label} option={option} height={height} />;
}

function greatest(heat: HistogramHeat): number {
  return Math.max(1, ...heat.counts.map((row) => Math.max(...row)));
}

function cells({ steps, edges, counts }: HistogramHeat, colors: ChartColors, theme: 'light' | 'dark') {
  const most = greatest({ steps, edges, counts });
  const data = counts.flatMap((row, column) => row.flatMap((count, bin) => (count > 0 ? [[column, bin, count]] : [])));
  // A step's cells reach half way to its neighbours.
  const side = (column: number) => (column < 0 ? steps[0]! - gap(steps, 0) / 2 : column >= steps.length - 1 ? steps.at(-1)! + gap(steps, steps.length - 2) / 2 : (steps[column]! + steps[column + 1]!) / 2);
  const draw: CustomSeriesRenderItem = (_, api) => {
    const [column, bin, count] = [Number(api.value(0)), Number(api.value(1)), Number(api.value(2))];
    const [x0, y0] = api.coord([side(column - 1), edges[bin]!]).map(Math.round) as [number, number];
    const [x1, y1] = api.coord([side(column), edges[bin + 1]!]).map(Math.round) as [number, number];
    // By the root: a bin of a tenth of the most is still seen.
    return { type: 'rect', silent: true, shape: { x: x0, y: y1, width: Math.max(1, x1 - x0), height: Math.max(1, y0 - y1) }, style: { fill: rampColor(Math.sqrt(count / most), theme) } };
  };
  return {
    grid: { left: 64, right: 20, top: 12, bottom: 48 },
    xAxis: { ...axis(colors, 'step'), min: side(-1), max: side(steps.length - 1) },
    yAxis: { ...axis(colors, 'value'), nameGap: 46, min: edges[0], max: edges.at(-1) },
    series: [{ type: 'custom', renderItem: draw, data, silent: true, clip: true, progressive: 0, encode: { x: -1, y: -1 } }],
  };
}

function gap(steps: readonly number[], at: number): number {
  return at < 0 || at + 1 >= steps.length ? 1 : steps[at + 1]! - steps[at]!;
}

function ridges({ steps, edges, counts }: HistogramHeat, colors: ChartColors, theme: 'light' | 'dark') {
  const most = greatest({ steps, edges, counts });
  const every = Math.max(1, Math.ceil(steps.length / ridgesMax));
  const rows = counts.map((row, index) => ({ row, step: steps[index]! })).filter((_, index) => index % every === 0);
  const draw: CustomSeriesRenderItem = (params, api) => {
    const { row } = rows[params.dataIndex]!;
    const base = api.coord([edges[0]!, params.dataIndex])[1]!;
    const one = base - api.coord([edges[0]!, params.dataIndex + 1])[1]!;
    const points = row.map((count, bin) => [api.coord([(edges[bin]! + edges[bin + 1]!) / 2, 0])[0]!, base - (count / most) * one * 2.2]);
    const color = seriesColor(0, theme);
    return { type: 'polygon', silent: true, z2: rows.length - params.dataIndex, shape: { points: [[points[0]![0]!, base], ...points, [points.at(-1)![0]!, base]] }, style: { fill: colors.card, stroke: color, lineWidth: 1.2, opacity: 0.92 } };
  };
  return {
    grid: { left: 64, right: 20, top: 36, bottom: 48 },
    xAxis: { ...axis(colors, 'value'), min: edges[0], max: edges.at(-1) },
    yAxis: { ...axis(colors, 'step'), nameGap: 46, min: 0, max: rows.length, interval: Math.max(1, Math.ceil(rows.length / 6)), axisLabel: { color: colors.ink2, formatter: (at: number) => (rows[at] ? number(rows[at].step) : '') } },
    series: [{ type: 'custom', renderItem: draw, data: rows.map((_, index) => [edges[0]!, index]), silent: true, clip: false, progressive: 0 }],
  };
}

function axis(colors: ChartColors, name: string) {
  return {
    type: 'value',
    name,
    nameLocation: 'middle',
    nameGap: 28,
    nameTextStyle: { color: colors.ink, fontSize: 12, fontWeight: 600 },
    axisLabel: { color: colors.ink2, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (value: number) => number(value) },
    axisLine: { lineStyle: { color: colors.line } },
    splitLine: { show: false },
  };
}
