import { useQuery } from '@tanstack/react-query';
import type { EChartsType } from 'echarts/core';
import { useCallback, useMemo, useRef, useState, type PointerEvent } from 'react';
import { Chart } from '../ui/Chart';
import { count } from '../ui/format';
import type { ChartColors } from '../ui/palette';
import { Failed } from '../ui/States';
import { curveOf, type Curve, type CurveLook } from './curve';
import { curveOption } from './curveOption';
import type { ChartX } from './runSearch';
import { seriesQuery } from './seriesQuery';

interface Props extends CurveLook {
  run: string;
  name: string;
  axis: ChartX;
  start: number;
  from: number | undefined;
  to: number | undefined;
  /** In rem. */
  height: number;
  group?: string | undefined;
  large?: boolean;
  onZoom: (range: { from: number; to: number } | null) => void;
}

/** The curve of one metric. A drag across it zooms: the range is asked for anew, as exact as it can be drawn. */
export function MetricChart({ run, name, axis, start, from, to, height, group, large = false, onZoom, smoothing, log, clip }: Props) {
  const series = useQuery(seriesQuery({ run, key: name, axis: axis === 'step' ? 'step' : 'time', from, to, buckets: large ? 1_600 : 400 }));
  const curve = useMemo(() => (series.data ? curveOf(series.data, { smoothing, log, clip }) : null), [series.data, smoothing, log, clip]);
  const frame = { axis, start, log, from: from ?? series.data?.from ?? 0, to: to ?? series.data?.to ?? 0, large };
  const option = useCallback((colors: ChartColors, theme: 'light' | 'dark') => curveOption(curve!, frame, colors, theme), [curve, axis, start, log, frame.from, frame.to, large]);
  if (series.error && !series.data) return <Failed problem={series.error} retry={() => void series.refetch()} />;
  return (
    <div className="metric-chart">
      {curve === null ? (
        <div className="skeleton" style={{ blockSize: `${height}rem` }} role="status" aria-label={`Loading ${name}`} />
      ) : curve.total === 0 ? (
        <div className="metric-none muted" style={{ blockSize: `${height}rem` }}>
          {from === undefined ? 'No points' : 'No points in this range'}
        </div>
      ) : (
        <Zoom shift={axis === 'relative' ? start : 0} onZoom={onZoom}>
          {(onReady) => <Chart label={`Curve of ${name}`} option={option} height={height} group={group} onReady={onReady} />}
        </Zoom>
      )}
      <p className="metric-notes">{curve && notes(curve, series.data?.damaged ?? false)}</p>
    </div>
  );
}

/** What the drawing cannot show, said. */
function notes(curve: Curve, damaged: boolean): string {
  const { nan, positive, negative } = curve.gaps;
  const said = [
    damaged && 'some points could not be read',
    nan > 0 && `${count(nan)} NaN`,
    positive > 0 && `${count(positive)} × ∞`,
    negative > 0 && `${count(negative)} × -∞`,
    curve.outside > 0 && `${count(curve.outside)} ${curve.band ? (curve.outside === 1 ? 'stretch reaches' : 'stretches reach') : curve.outside === 1 ? 'point lies' : 'points lie'} outside`,
    curve.notPositive > 0 && `${count(curve.notPositive)} not above zero`,
  ];
  return said.filter(Boolean).join(' · ');
}

/** Shorter drags are clicks. */
const dragMin = 6;

function Zoom({ shift, onZoom, children }: { shift: number; onZoom: Props['onZoom']; children: (onReady: (chart: EChartsType) => void) => React.ReactNode }) {
  const chart = useRef<EChartsType>(null);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const at = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(box.width, event.clientX - box.left));
  };
  return (
    <div
      className="metric-zoom"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: at(event), to: at(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: at(event) })}
      onPointerCancel={() => setDrag(null)}
      onPointerUp={() => {
        setDrag(null);
        if (!drag || !chart.current || Math.abs(drag.to - drag.from) < dragMin) return;
        const [a, b] = [drag.from, drag.to].sort((one, other) => one - other).map((x) => Number(chart.current!.convertFromPixel({ xAxisIndex: 0 }, x)) + shift) as [number, number];
        // Steps and milliseconds are whole.
        if (b > a) onZoom({ from: Math.floor(a), to: Math.ceil(b) });
      }}
      onDoubleClick={() => onZoom(null)}
    >
      {children((ready) => {
        chart.current = ready;
      })}
      {drag && Math.abs(drag.to - drag.from) >= dragMin && <div className="metric-drag" style={{ insetInlineStart: Math.min(drag.from, drag.to), inlineSize: Math.abs(drag.to - drag.from) }} />}
    </div>
  );
}
