import { useCallback } from 'react';
import { Chart } from '../ui/Chart';
import type { ChartColors } from '../ui/palette';
import { colorBy, shareOf } from './colorScale';
import { fieldName, scaleOf, valueOf, type FieldRef, type Scale } from './fields';
import { fieldText } from './ParallelChart';
import type { ComparedRun } from './runs';

interface Props {
  label: string;
  runs: readonly ComparedRun[];
  x: FieldRef;
  y: FieldRef;
  color?: FieldRef | undefined;
  size?: FieldRef | undefined;
  height?: number;
  onOpen?: ((run: ComparedRun) => void) | undefined;
}

/** An axis for a field, for charts of two of them. */
export function axisOf(ref: FieldRef, scale: Scale, colors: ChartColors) {
  const look = {
    name: fieldName(ref),
    nameLocation: 'middle',
    nameGap: 32,
    nameTextStyle: { color: colors.ink, fontWeight: 600, fontSize: 12 },
    axisLine: { onZero: false, lineStyle: { color: colors.line } },
    splitLine: { lineStyle: { color: colors.line, opacity: 0.6 } },
  };
  if (scale.kind === 'category') return { ...look, type: 'category', data: scale.categories, axisLabel: { color: colors.ink2 } };
  return { ...look, type: scale.log ? 'log' : 'value', scale: true, axisLabel: { color: colors.ink2, hideOverlap: true, formatter: (value: number) => fieldText(ref, value) } };
}

/** One dot a run by two of its fields, coloured and sized by two more. */
export function ScatterChart({ label, runs, x, y, color, size, height = 28, onOpen }: Props) {
  const option = useCallback(
    (colors: ChartColors, theme: 'light' | 'dark') => {
      const paint = colorBy(runs, color, theme, colors.line);
      const sizes = size === undefined ? null : scaleOf(runs, size);
      const shown = runs.filter((run) => valueOf(run, x) !== null && valueOf(run, y) !== null);
      return {
        grid: { left: 84, right: 28, top: 16, bottom: 56 },
        xAxis: axisOf(x, scaleOf(runs, x), colors),
        yAxis: { ...axisOf(y, scaleOf(runs, y), colors), nameGap: 60 },
        tooltip: {
          trigger: 'item',
          renderMode: 'richText',
          confine: true,
          backgroundColor: colors.raised,
          borderColor: colors.line,
          textStyle: { color: colors.ink, fontSize: 12 },
          formatter: (hit: { dataIndex: number }) => {
            const run = shown[hit.dataIndex];
            return run ? [run.name, ...[...new Set([x, y, color, size])].filter((ref) => ref !== undefined).map((ref) => `${fieldName(ref)}  ${fieldText(ref, valueOf(run, ref))}`)].join('\n') : '';
          },
        },
        series: [
          {
            type: 'scatter',
            data: shown.map((run) => ({
              name: run.name,
              value: [valueOf(run, x), valueOf(run, y)],
              symbolSize: sizes === null ? 10 : 6 + 22 * (shareOf(valueOf(run, size!), sizes) ?? 0),
              itemStyle: { color: paint(run), opacity: 0.8, borderColor: colors.card, borderWidth: 1 },
            })),
            emphasis: { scale: 1.3 },
          },
        ],
      };
    },
    [runs, x, y, color, size],
  );
  return (
    <Chart
      label={label}
      height={height}
      option={option}
      onReady={(chart) => {
        chart.on('click', (event) => {
          const run = runs.filter((one) => valueOf(one, x) !== null && valueOf(one, y) !== null)[event.dataIndex];
          if (run) onOpen?.(run);
        });
      }}
    />
  );
}
