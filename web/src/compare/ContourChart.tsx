import type { CustomSeriesRenderItem } from 'echarts';
import { useCallback, useMemo } from 'react';
import { Chart } from '../ui/Chart';
import { rampColor, type ChartColors } from '../ui/palette';
import { shareOf } from './colorScale';
import { contourLine, interpolated } from './contour';
import { fieldName, scaleOf, valueOf, type FieldRef, type Scale } from './fields';
import { fieldText } from './ParallelChart';
import type { ComparedRun } from './runs';
import { axisOf } from './ScatterChart';

const cells = 56;
const levels = 8;

interface Props {
  label: string;
  runs: readonly ComparedRun[];
  x: FieldRef;
  y: FieldRef;
  of: FieldRef;
  height?: number;
  onOpen?: (run: ComparedRun) => void;
}

type NumberScale = Extract<Scale, { kind: 'number' }>;

/** The range of an axis, a little wider than its values so that no dot lies on the edge. */
function widened(scale: NumberScale): { from: number; to: number; at: (share: number) => number; share: (value: number) => number } {
  const [low, high] = scale.log ? [Math.log(scale.least), Math.log(scale.greatest)] : [scale.least, scale.greatest];
  const room = (high - low || 1) * 0.04;
  const back = (value: number) => (scale.log ? Math.exp(value) : value);
  const [from, to] = [low - room, high + room];
  return { from: back(from), to: back(to), at: (share) => back(from + (to - from) * share), share: (value) => ((scale.log ? Math.log(value) : value) - from) / (to - from) };
}

/** Cells of guessed values, lines of equal height, and the runs as dots. */
export function ContourChart({ label, runs, x, y, of, height = 30, onOpen }: Props) {
  const drawn = useMemo(() => runs.filter((run) => [x, y, of].every((ref) => Number.isFinite(valueOf(run, ref) ?? NaN))), [runs, x, y, of]);
  const scales = useMemo(() => [x, y, of].map((ref) => scaleOf(drawn, ref)), [drawn, x, y, of]);
  const land = useMemo(() => {
    const [sx, sy, sv] = scales;
    if (sx?.kind !== 'number' || sy?.kind !== 'number' || sv?.kind !== 'number' || drawn.length === 0) return null;
    const [across, up] = [widened(sx), widened(sy)];
    const field = interpolated(
      drawn.map((run) => ({ x: across.share(Number(valueOf(run, x))), y: up.share(Number(valueOf(run, y))), value: Number(valueOf(run, of)) })),
      cells,
      cells,
    );
    // Lines at equal shares of the area, so that a landscape with one peak has lines elsewhere too.
    const known = field.values.filter(Number.isFinite).sort();
    const heights = Array.from({ length: levels }, (_, i) => known[Math.floor(((i + 0.5) / levels) * known.length)] ?? 0);
    return { across, up, field, sv, lines: heights.flatMap((level) => contourLine(field, level)) };
  }, [drawn, scales, x, y, of]);

  const option = useCallback(
    (colors: ChartColors, theme: 'light' | 'dark') => {
      if (land === null) return {};
      const { across, up, field, sv, lines } = land;
      const filled: number[][] = [];
      field.values.forEach((value, i) => Number.isFinite(value) && filled.push([i % cells, Math.floor(i / cells), value]));
      const cell: CustomSeriesRenderItem = (_, api) => {
        const [column, row, value] = [Number(api.value(0)), Number(api.value(1)), Number(api.value(2))];
        const [x0, y0] = api.coord([across.at(column / cells), up.at(row / cells)]).map(Math.round) as [number, number];
        const [x1, y1] = api.coord([across.at((column + 1) / cells), up.at((row + 1) / cells)]).map(Math.round) as [number, number];
        return { type: 'rect', silent: true, shape: { x: x0, y: y1, width: x1 - x0, height: y0 - y1 }, style: { fill: rampColor(shareOf(value, sv) ?? 0, theme), opacity: 0.55 } };
      };
      const line: CustomSeriesRenderItem = (_, api) => {
        const [x1, y1] = api.coord([across.at(Number(api.value(0))), up.at(Number(api.value(1)))]) as [number, number];
        const [x2, y2] = api.coord([across.at(Number(api.value(2))), up.at(Number(api.value(3)))]) as [number, number];
        return { type: 'line', silent: true, shape: { x1, y1, x2, y2 }, style: { stroke: colors.ink, lineWidth: 0.7, opacity: 0.5 } };
      };
      const plain = { type: 'custom', silent: true, clip: true, animation: false, tooltip: { show: false }, encode: { x: -1, y: -1 }, progressive: 0 };
      return {
        grid: { left: 84, right: 28, top: 16, bottom: 56 },
        xAxis: { ...axisOf(x, scales[0]!, colors), min: across.from, max: across.to, axisLabel: inner(x, colors), splitLine: { show: false } },
        yAxis: { ...axisOf(y, scales[1]!, colors), min: up.from, max: up.to, axisLabel: inner(y, colors), nameGap: 60, splitLine: { show: false } },
        tooltip: {
          trigger: 'item',
          renderMode: 'richText',
          confine: true,
          backgroundColor: colors.raised,
          borderColor: colors.line,
          textStyle: { color: colors.ink, fontSize: 12 },
          formatter: (hit: { dataIndex: number }) => {
            const run = drawn[hit.dataIndex];
            return run ? [run.name, ...[x, y, of].map((ref) => `${fieldName(ref)}  ${fieldText(ref, valueOf(run, ref))}`)].join('\n') : '';
          },
        },
        series: [
          { ...plain, renderItem: cell, data: filled, z: 1 },
          { ...plain, renderItem: line, data: lines, z: 2 },
          {
            type: 'scatter',
            z: 3,
            symbolSize: 9,
            data: drawn.map((run) => ({ value: [valueOf(run, x), valueOf(run, y)], itemStyle: { color: rampColor(shareOf(valueOf(run, of), sv) ?? 0, theme), borderColor: colors.ink, borderWidth: 1.2 } })),
          },
        ],
      };
    },
    [land, drawn, scales, x, y, of],
  );
  return (
    <Chart
      label={label}
      height={height}
      option={option}
      onReady={(chart) => {
        chart.on('click', (event) => {
          const run = event.seriesType === 'scatter' ? drawn[event.dataIndex] : undefined;
          if (run) onOpen?.(run);
        });
      }}
    />
  );
}

/** Ends of the axes are no values of a run: they go without a label. */
function inner(ref: FieldRef, colors: ChartColors) {
  return { color: colors.ink2, hideOverlap: true, showMinLabel: false, showMaxLabel: false, formatter: (value: number) => fieldText(ref, value) };
}
