import { useQuery } from '@tanstack/react-query';
import { useCallback, type ReactNode } from 'react';
import { Chart } from '../ui/Chart';
import { count, micros, perSecond, smallPercent } from '../ui/format';
import { type ChartColors, seriesColor } from '../ui/palette';
import { Failed, Loading } from '../ui/States';
import { liveQuery } from './endpoints';
import { pointsOf, totalOf } from './live';
import { PhaseBars } from './PhaseBars';
import type { Endpoint, Live } from './wire';

const clock = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** What happens now: how much is asked, how fast it is answered, how often it fails. */
export function LiveCard({ of }: { of: Endpoint }) {
  const live = useQuery(liveQuery(of.name));
  if (live.error && !live.data)
    return (
      <section className="card" aria-label="Now">
        <h2>Now</h2>
        <Failed problem={live.error} retry={() => void live.refetch()} />
      </section>
    );
  if (!live.data) return <Loading lines={6} />;
  const total = totalOf(live.data);
  return (
    <section className="card stack" aria-label="Now">
      <div className="endpoint-now">
        <div className="stack">
          <h2>Now</h2>
          <dl className="endpoint-tiles">
            <Tile label="Requests">{perSecond(total.rate)}</Tile>
            <Tile label="p50">{micros(total.p50) || '–'}</Tile>
            <Tile label="p99">{micros(total.p99) || '–'}</Tile>
            <Tile label="Errors" bad={total.errorShare > 0} title={`${count(total.errors)} of ${count(total.requests)} in the last minute`}>
              {total.requests === 0 ? '–' : smallPercent(total.errorShare)}
            </Tile>
            <Tile label="In flight">{count(live.data.in_flight ?? 0)}</Tile>
          </dl>
          <PhaseBars of={of} />
        </div>
        <div className="stack">
          <h3>Requests a second</h3>
          {isQuiet(live.data) ? <p className="muted endpoint-small">Nobody asked in the last five minutes. Try it sends a request, Call it has the lines for your program.</p> : <Rates live={live.data} of={of} />}
        </div>
      </div>
      <p className="muted endpoint-small">Of the server that answered this page: rates of the last five minutes, times and errors of the last one.</p>
    </section>
  );
}

function Tile({ label, children, bad, title }: { label: string; children: ReactNode; bad?: boolean; title?: string }) {
  return (
    <div className={bad ? 'endpoint-tile bad' : 'endpoint-tile'} title={title}>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Rates({ live, of }: { live: Live; of: Endpoint }) {
  const arms = of.arms ?? [];
  const option = useCallback(
    (colors: ChartColors, theme: 'light' | 'dark') => ({
      grid: { left: 8, right: 12, top: 28, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0, icon: 'roundRect', itemWidth: 12, itemHeight: 8, textStyle: { color: colors.ink2 } },
      tooltip: { trigger: 'axis', renderMode: 'richText', confine: true, backgroundColor: colors.card, borderColor: colors.line, textStyle: { color: colors.ink }, valueFormatter: (value: unknown) => perSecond(Number(value)) },
      xAxis: { type: 'time', axisLabel: { color: colors.ink2, hideOverlap: true, formatter: (at: number) => clock.format(at) }, axisLine: { lineStyle: { color: colors.line } }, splitLine: { show: false } },
      yAxis: { type: 'value', min: 0, minInterval: 1, axisLabel: { color: colors.ink2 }, splitLine: { lineStyle: { color: colors.line } } },
      series: [
        ...(live.arms ?? []).map((arm, index) => {
          const place = arms.findIndex((one) => one.name === arm.arm);
          const color = seriesColor(place < 0 ? arms.length + index : place, theme);
          return { name: `${arm.arm}${arm.version ? ` v${arm.version}` : ''}`, type: 'line', step: 'end', showSymbol: false, lineStyle: { width: 1.5, color }, itemStyle: { color }, areaStyle: { color, opacity: 0.08 }, data: pointsOf(arm.rates, live.now_ms ?? Date.now()) };
        }),
        ...((live.arms ?? []).some((arm) => arm.error_rates?.some((rate) => rate > 0))
          ? [{ name: 'errors', type: 'line', step: 'end', showSymbol: false, lineStyle: { width: 1.5, color: colors.bad, type: 'dashed' }, itemStyle: { color: colors.bad }, data: pointsOf(summed(live), live.now_ms ?? Date.now()) }]
          : []),
      ],
    }),
    [live, arms],
  );
  return <Chart label={`Requests a second of the last five minutes, now ${perSecond(totalOf(live).rate)}`} option={option} height={14} />;
}

/** Whether nothing is to be drawn. */
function isQuiet({ arms = [] }: Live): boolean {
  return !arms.some((arm) => arm.rates?.some((rate) => rate > 0));
}

/** Errors a second of all arms. */
function summed({ arms = [] }: Live): number[] {
  const longest = Math.max(0, ...arms.map((arm) => arm.error_rates?.length ?? 0));
  return Array.from({ length: longest }, (_, index) => arms.reduce((sum, { error_rates = [] }) => sum + (error_rates[error_rates.length - longest + index] ?? 0), 0));
}
