import type { EChartsCoreOption } from 'echarts/core';
import { duration, moment, number } from '../ui/format';
import { seriesColor, type ChartColors } from '../ui/palette';
import type { Curve } from './curve';
import type { ChartX } from './runSearch';

/** How one chart of one metric looks beside its curve. */
export interface CurveFrame {
  axis: ChartX;
  /** What relative times are counted from. */
  start: number;
  log: boolean;
  /** The range that is shown; the curve's own where it is left out. */
  from: number;
  to: number;
  large: boolean;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A value of the axis, in words. */
export function axisText(axis: ChartX, value: number): string {
  if (axis === 'step') return `step ${number(value)}`;
  return axis === 'time' ? moment(value) : `after ${duration(value)}`;
}

/** The drawing of one metric: its band, the values faintly, the line, and marks where a value is no number. */
export function curveOption(curve: Curve, frame: CurveFrame, colors: ChartColors, theme: 'light' | 'dark'): EChartsCoreOption {
  const color = seriesColor(0, theme);
  const shift = frame.axis === 'relative' ? frame.start : 0;
  const pairs = (values: Float64Array) => Array.from(values, (y, i) => [curve.x[i]! - shift, Number.isFinite(y) && !(frame.log && y <= 0) ? y : NaN]);
  const few = curve.x.length <= 40;
  const line = { type: 'line', animation: false, silent: true, showSymbol: few, symbol: 'circle', symbolSize: 4, itemStyle: { color }, clip: true };
  return {
    grid: { left: 8, right: 14, top: 10, bottom: 6, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: frame.axis === 'time' ? 'time' : 'value',
      ...(frame.to > frame.from ? { min: frame.from - shift, max: frame.to - shift } : { scale: true }),
      splitNumber: frame.large ? 8 : 3,
      ...(frame.axis === 'step' ? { minInterval: 1 } : {}),
      axisLine: { onZero: false, lineStyle: { color: colors.line } },
      axisTick: { show: false },
      splitLine: { show: false },
      axisLabel: { color: colors.ink2, fontSize: 11, hideOverlap: true, showMinLabel: frame.axis === 'step' ? undefined : false, showMaxLabel: false, formatter: (value: number) => (frame.axis === 'step' ? number(value) : frame.axis === 'time' ? clock.format(value) : duration(value)) },
      axisPointer: { label: { show: false } },
    },
    yAxis: {
      type: frame.log ? 'log' : 'value',
      min: curve.range.min,
      max: curve.range.max,
      splitNumber: frame.large ? 6 : 3,
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: colors.line, opacity: 0.6 } },
      axisLabel: { color: colors.ink2, fontSize: 11, showMinLabel: false, showMaxLabel: false, formatter: (value: number) => number(Number(value.toPrecision(4))) },
    },
    tooltip: {
      trigger: 'axis',
      renderMode: 'richText',
      confine: true,
      backgroundColor: colors.raised,
      borderColor: colors.line,
      padding: [4, 8],
      textStyle: { color: colors.ink, fontSize: 12 },
      axisPointer: { type: 'line', snap: false, lineStyle: { color: colors.ink2, type: 'dashed' } },
      formatter: (hovered: unknown) => hoverText(curve, frame, shift, hovered),
    },
    series: [
      ...(curve.band ? [{ type: 'custom', silent: true, clip: true, tooltip: { show: false }, z: 1, data: [[curve.x[0]! - shift, curve.range.min]], renderItem: bandOf(curve.band, shift, frame.log ? curve.range.min : -Infinity, color) }] : []),
      ...(curve.raw ? [{ ...line, name: 'value', data: pairs(curve.raw), lineStyle: { color, width: 1, opacity: 0.3 }, showSymbol: false, z: 2 }] : []),
      { ...line, name: 'line', data: pairs(curve.line), lineStyle: { color, width: frame.large ? 2 : 1.6 }, z: 3 },
      ...(curve.gaps.at.length > 0 ? [gapMarks(curve, shift, colors)] : []),
    ],
  };
}

/** Marks at the edge: NaN and infinities, which have no height. */
function gapMarks(curve: Curve, shift: number, colors: ChartColors) {
  const turned = { nan: 45, positive: 0, negative: 180 };
  return {
    type: 'scatter',
    silent: true,
    z: 4,
    tooltip: { show: false },
    clip: false,
    data: curve.gaps.at.map(({ x, kind }) => ({
      value: [x - shift, kind === 'positive' ? curve.range.max : curve.range.min],
      symbol: kind === 'nan' ? 'rect' : 'triangle',
      symbolRotate: turned[kind],
      symbolSize: 7,
      itemStyle: { color: kind === 'nan' ? colors.warn : colors.bad },
    })),
  };
}

interface Api {
  coord: (at: [number, number]) => [number, number];
}

/** One shape from the least to the greatest value of each stretch; as wide as a hair where only one is high. */
function bandOf(band: NonNullable<Curve['band']>, shift: number, least: number, color: string) {
  return (_: unknown, api: Api) => {
    const children: object[] = [];
    let top: [number, number][] = [];
    let bottom: [number, number][] = [];
    const close = () => {
      if (top.length > 0) children.push({ type: 'polygon', shape: { points: [...top, ...bottom.reverse()] }, style: { fill: color, stroke: color, lineWidth: 1, opacity: 0.22 } });
      top = [];
      bottom = [];
    };
    for (let i = 0; i < band.min.length; i++) {
      const [low, high] = [Math.max(band.min[i]!, least), band.max[i]!];
      if (!Number.isFinite(low) || !Number.isFinite(high) || high < low) {
        close();
        continue;
      }
      for (const x of [band.from[i]! - shift, band.to[i]! - shift]) {
        top.push(api.coord([x, high]));
        bottom.push(api.coord([x, low]));
      }
    }
    close();
    return { type: 'group', children };
  };
}

/** Where in the order a value lies, or is nearest to. */
export function nearest(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && Math.abs(sorted[low - 1]! - value) <= Math.abs(sorted[low]! - value) ? low - 1 : low;
}

function hoverText(curve: Curve, frame: CurveFrame, shift: number, hovered: unknown): string {
  const first = (Array.isArray(hovered) ? hovered[0] : hovered) as { axisValue?: number | string } | undefined;
  const x = Number(first?.axisValue);
  if (!Number.isFinite(x) || curve.x.length === 0) return '';
  const at = nearest(curve.x, x + shift);
  const lines = [axisText(frame.axis, curve.x[at]! - shift)];
  if (curve.raw) lines.push(`${number(curve.raw[at])}`, `smoothed ${number(curve.line[at])}`);
  else lines.push(number(curve.line[at]));
  if (curve.band && curve.band.min[at] !== curve.band.max[at]) lines.push(`${number(curve.band.min[at])} to ${number(curve.band.max[at])}`);
  return lines.join('\n');
}
