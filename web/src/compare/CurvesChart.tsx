import type { CustomSeriesRenderItem } from 'echarts';
import type { EChartsType } from 'echarts/core';
import { useCallback, useEffect, useRef, useState, type PointerEvent } from 'react';
import { Chart } from '../ui/Chart';
import { duration, moment, number } from '../ui/format';
import { seriesColor } from '../ui/palette';
import { pairs } from './curves';
import type { Band } from './groups';
import type { Across } from './search';

/** One line of a chart. */
export interface Line {
  id: string;
  name: string;
  /** Which colour; lines of one group share theirs. */
  color: number;
  /** x and y in turn. */
  points: Float64Array;
  faint?: boolean;
  band?: Pick<Band, 'x' | 'low' | 'high'> | undefined;
}

interface Props {
  label: string;
  lines: readonly Line[];
  across: Across;
  log?: boolean | undefined;
  zoom?: readonly [number, number] | undefined;
  onZoom?: ((zoom: [number, number] | undefined) => void) | undefined;
  /** The line that is pointed at elsewhere. */
  highlight?: string | null | undefined;
  height?: number;
  onReady?: (chart: EChartsType) => void;
}

/** The words for a place on x. */
export function xText(x: number, across: Across): string {
  return across === 'step' ? number(Math.round(x)) : across === 'time' ? moment(x) : duration(x) || '0';
}

const tooltipMax = 12;
const hairsFrom = 24;

/** Lines over each other. A stretch that is drawn with the pointer is zoomed to; a double click shows all. */
export function CurvesChart({ label, lines, across, log, zoom, onZoom, highlight, height, onReady }: Props) {
  const chart = useRef<EChartsType>(null);
  const [drag, setDrag] = useState<[number, number] | null>(null);

  const option = useCallback(
    (colors: { ink2: string; line: string; raised: string; ink: string }, theme: 'light' | 'dark') => ({
      grid: { left: 8, right: 16, top: 12, bottom: 4, containLabel: true },
      xAxis: {
        type: across === 'time' ? 'time' : 'value',
        min: zoom?.[0] ?? 'dataMin',
        max: zoom?.[1] ?? 'dataMax',
        axisLabel: { color: colors.ink2, hideOverlap: true, ...(across === 'time' ? {} : { formatter: (x: number) => xText(x, across) }) },
        axisLine: { onZero: false, lineStyle: { color: colors.line } },
        axisTick: { lineStyle: { color: colors.line } },
        splitLine: { show: false },
        axisPointer: { show: true, label: { show: false }, lineStyle: { color: colors.ink2 } },
      },
      yAxis: { type: log ? 'log' : 'value', scale: true, axisLine: { show: false }, axisTick: { show: false }, axisLabel: { color: colors.ink2, formatter: (y: number) => number(y) }, splitLine: { lineStyle: { color: colors.line, opacity: 0.6 } } },
      tooltip: {
        trigger: 'axis',
        renderMode: 'richText',
        confine: true,
        transitionDuration: 0,
        backgroundColor: colors.raised,
        borderColor: colors.line,
        textStyle: { color: colors.ink, fontSize: 12 },
        formatter: (hit: { axisValue: number; marker: { content: string } | string; seriesName: string; value: number[] }[]) => tooltip(hit, across),
      },
      series: lines.flatMap((line) => {
        const color = seriesColor(line.color, theme);
        const drawn = {
          id: line.id,
          name: line.name,
          type: 'line' as const,
          data: log ? positive(line.points) : line.points,
          dimensions: ['x', 'y'],
          showSymbol: line.points.length <= 2,
          symbolSize: 5,
          connectNulls: false,
          silent: line.faint,
          tooltip: { show: !line.faint },
          // Of many lines each is a hair: joins and width are most of what painting them costs.
          lineStyle: { width: line.faint || lines.length > hairsFrom ? 1 : 1.5, join: 'bevel' as const, color, opacity: line.faint ? 0.18 : 1 },
          itemStyle: { color },
          emphasis: { focus: 'series' as const, lineStyle: { width: 2.5 } },
          blur: { lineStyle: { opacity: 0.12 } },
          z: line.faint ? 1 : 3,
        };
        return line.band ? [bandSeries(line, line.band, color, log), drawn] : [drawn];
      }),
    }),
    [lines, across, log, zoom],
  );

  useEffect(() => {
    if (!chart.current) return;
    chart.current.dispatchAction({ type: 'downplay' });
    if (highlight !== null && highlight !== undefined) chart.current.dispatchAction({ type: 'highlight', seriesId: highlight });
  }, [highlight]);

  function end(): void {
    setDrag(null);
    if (drag === null || Math.abs(drag[1] - drag[0]) < 6 || !chart.current) return;
    const [a, b] = drag.map((px) => Number(chart.current!.convertFromPixel({ xAxisIndex: 0 }, px))) as [number, number];
    onZoom?.([Math.min(a, b), Math.max(a, b)]);
  }

  function place(event: PointerEvent<HTMLDivElement>): number {
    return event.clientX - event.currentTarget.getBoundingClientRect().left;
  }

  return (
    <div
      className="curves"
      onPointerDown={(event) => {
        if (!onZoom || event.button !== 0 || event.pointerType === 'touch') return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag([place(event), place(event)]);
      }}
      onPointerMove={(event) => drag && setDrag([drag[0], place(event)])}
      onPointerUp={end}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => onZoom?.(undefined)}
    >
      <Chart
        label={label}
        height={height ?? 15}
        option={option}
        onReady={(made) => {
          chart.current = made;
          onReady?.(made);
          return () => void (chart.current = null);
        }}
      />
      {drag && <div className="curves-drag" style={{ insetInlineStart: Math.min(...drag), inlineSize: Math.abs(drag[1] - drag[0]) }} />}
    </div>
  );
}

function tooltip(hit: { axisValue: number; marker: { content: string } | string; seriesName: string; value: number[] }[], across: Across): string {
  const seen = new Map<string, { text: string; y: number }>();
  for (const one of hit) {
    if (one.seriesName.startsWith('\0')) continue;
    const mark = typeof one.marker === 'string' ? one.marker : '● ';
    seen.set(one.seriesName, { text: `${mark}${number(one.value[1])}  ${one.seriesName.slice(0, 60)}`, y: one.value[1] ?? NaN });
  }
  const lines = [...seen.values()].sort((a, b) => b.y - a.y);
  const first = hit[0];
  return [first ? xText(first.axisValue, across) : '', ...lines.slice(0, tooltipMax).map((one) => one.text), ...(lines.length > tooltipMax ? [`and ${lines.length - tooltipMax} more`] : [])].join('\n');
}

/** On a logarithmic axis what is not above zero has no place. */
function positive(points: Float64Array): Float64Array {
  return points.map((value, i) => (i % 2 === 1 && !(value > 0) ? NaN : value));
}

function bandSeries(line: Line, band: Pick<Band, 'x' | 'low' | 'high'>, color: string, log: boolean | undefined) {
  const floor = (value: number) => (log && !(value > 0) ? NaN : value);
  const rows = pairs(band.x, band.low.map((_, i) => i));
  const draw: CustomSeriesRenderItem = (params, api) => {
    if (params.dataIndex !== 0) return null;
    const above: number[][] = [];
    const below: number[][] = [];
    band.x.forEach((x, i) => {
      const [low, high] = [floor(band.low[i]!), floor(band.high[i]!)];
      if (!Number.isFinite(high)) return;
      above.push(api.coord([x, high]));
      // A band that reaches to zero or below ends where the logarithmic axis does.
      below.push(Number.isFinite(low) ? api.coord([x, low]) : [api.coord([x, high])[0]!, (params.coordSys as unknown as { y: number; height: number }).y + (params.coordSys as unknown as { height: number }).height]);
    });
    return { type: 'polygon', shape: { points: [...above, ...below.reverse()] }, style: { fill: color, opacity: 0.14 }, silent: true };
  };
  return {
    id: `${line.id}\0band`,
    name: `\0${line.name}`,
    type: 'custom' as const,
    renderItem: draw,
    data: extremes(rows, band, floor),
    dimensions: ['x', 'low', 'high'],
    encode: { x: 0, y: [1, 2] },
    clip: true,
    silent: true,
    tooltip: { show: false },
    z: 2,
  };
}

/** The rows that tell the axis how far the band reaches. */
function extremes(rows: Float64Array, band: Pick<Band, 'x' | 'low' | 'high'>, floor: (value: number) => number): number[][] {
  return Array.from({ length: rows.length / 2 }, (_, i) => [band.x[i]!, floor(band.low[i]!), floor(band.high[i]!)]);
}
