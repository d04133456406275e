import type { EChartsType } from 'echarts/core';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { Chart } from '../ui/Chart';
import { duration, moment, number } from '../ui/format';
import type { ChartColors } from '../ui/palette';
import { colorBy } from './colorScale';
import { fieldName, scaleOf, valueOf, type FieldRef } from './fields';
import type { ComparedRun } from './runs';

export type Brushes = Readonly<Record<FieldRef, readonly [number, number]>>;

interface Props {
  label: string;
  runs: readonly ComparedRun[];
  axes: readonly FieldRef[];
  color?: FieldRef | undefined;
  brush?: Brushes | undefined;
  onBrush?: (brush: Record<FieldRef, [number, number]>) => void;
  height?: number;
}

/** The words of a number on the axis of a field. */
export function fieldText(ref: FieldRef, value: string | number | null): string {
  if (ref === 'attributes.duration' && typeof value === 'number') return duration(value);
  if (ref === 'attributes.start_time' && typeof value === 'number') return moment(value);
  return value === null ? '–' : typeof value === 'number' ? number(value) : value;
}

/** One line a run across axes of its fields; stretches drawn on the axes choose runs. */
export function ParallelChart({ label, runs, axes, color, brush, onBrush, height = 26 }: Props) {
  const chart = useRef<EChartsType>(null);
  const now = useRef({ brush, onBrush });
  now.current = { brush, onBrush };
  const told = useRef('{}');
  const scales = useMemo(() => axes.map((ref) => scaleOf(runs, ref)), [runs, axes]);

  const option = useCallback(
    (colors: ChartColors, theme: 'light' | 'dark') => {
      const paint = colorBy(runs, color, theme, colors.line);
      return {
        parallel: { left: 60, right: 80, top: 44, bottom: 24, parallelAxisDefault: { realtime: false, nameLocation: 'end', nameGap: 20 } },
        parallelAxis: axes.map((ref, dim) => {
          const scale = scales[dim]!;
          const words = { color: colors.ink, textBorderColor: colors.card, textBorderWidth: 3, hideOverlap: true };
          const common = {
            id: ref,
            dim,
            // Above the lines, which would strike their words out.
            z: 10,
            name: shortened(fieldName(ref)),
            nameTextStyle: { color: colors.ink, fontWeight: 600, fontSize: 12 },
            axisLine: { lineStyle: { color: colors.ink2 } },
            axisTick: { lineStyle: { color: colors.ink2 } },
            areaSelectStyle: { width: 24, borderColor: colors.accent, color: colors.accent, opacity: 0.25 },
          };
          return scale.kind === 'category'
            ? { ...common, type: 'category', data: scale.categories, axisLabel: { ...words, formatter: shortened } }
            : { ...common, type: scale.log ? 'log' : 'value', scale: true, min: scale.least, max: scale.greatest === scale.least ? scale.least + 1 : scale.greatest, axisLabel: { ...words, formatter: (value: number) => fieldText(ref, value) } };
        }),
        series: [
          {
            type: 'parallel',
            smooth: false,
            inactiveOpacity: 0.06,
            activeOpacity: 0.9,
            progressive: 0,
            lineStyle: { width: 1.5, opacity: 0.75 },
            emphasis: { lineStyle: { width: 3, opacity: 1 } },
            data: runs.map((run) => ({ name: run.name, value: axes.map((ref) => place(valueOf(run, ref))), lineStyle: { color: paint(run) } })),
          },
        ],
      };
    },
    [runs, axes, scales, color],
  );

  // The library keeps what is chosen to itself: it is told when the address says something else, after it has drawn.
  const wanted = JSON.stringify(brush ?? {});
  useEffect(() => {
    if (wanted === '{}' && told.current === '{}') return;
    let tries = 0;
    const timer = setInterval(() => {
      try {
        for (const ref of axes) {
          const stretch = now.current.brush?.[ref];
          chart.current?.dispatchAction({ type: 'axisAreaSelect', parallelAxisId: ref, intervals: stretch ? [[...stretch]] : [] });
        }
        told.current = wanted;
        clearInterval(timer);
      } catch {
        // It has not drawn its axes yet.
        if (++tries > 40) clearInterval(timer);
      }
    }, 60);
    return () => clearInterval(timer);
  }, [wanted, option, axes]);

  return (
    <Chart
      label={label}
      height={height}
      option={option}
      onReady={(made) => {
        chart.current = made;
        made.on('axisareaselected', (event) => {
          const { parallelAxisId: ref, intervals } = event as { parallelAxisId?: string; intervals?: [number, number][] };
          const tell = now.current.onBrush;
          if (ref === undefined || !tell) return;
          const next: Record<FieldRef, [number, number]> = {};
          for (const [key, value] of Object.entries(now.current.brush ?? {})) next[key] = [value[0], value[1]];
          if (intervals?.[0]) next[ref] = intervals[0];
          else delete next[ref];
          if (JSON.stringify(next) !== JSON.stringify(now.current.brush ?? {})) tell(next);
        });
        return () => void (chart.current = null);
      }}
    />
  );
}

function place(value: string | number | null): string | number {
  return value === null || (typeof value === 'number' && !Number.isFinite(value)) ? '-' : value;
}

function shortened(text: string): string {
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}
