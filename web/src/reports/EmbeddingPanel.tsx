import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo, useState } from 'react';
import { useTheme } from '../app/theme';
import { Chart } from '../ui/Chart';
import { number, percent } from '../ui/format';
import { rampColor, seriesColor, type ChartColors } from '../ui/palette';
import { Failed, Loading, Shown } from '../ui/States';
import { matrixOf, numberColumns, placesFrom, planeInWorker, xyOf, type Places } from './embedding';
import { tableOf } from './MediaTablePanel';
import type { PanelProps } from './PanelView';
import { cellText, type TableFile } from './tableFile';

const pointsMax = 20_000;

/** Points of a file in the plane: of two columns, or of many by their principal components. */
export function EmbeddingPanel({ panel, runs }: PanelProps<'embedding'>) {
  const run = runs[0]!;
  const table = useQuery(tableOf(run.id, panel.path));
  return (
    <Shown of={table} loading={<Loading lines={6} height="2rem" />}>
      {(found) =>
        found === null ? (
          <p className="muted">
            {run.name} has no file <code>{panel.path}</code>.
          </p>
        ) : (
          <Points panel={panel} runs={runs} table={found} />
        )
      }
    </Shown>
  );
}

function Points({ panel, runs, table }: PanelProps<'embedding'> & { table: TableFile }) {
  const places = useQuery({ queryKey: ['report', 'embedding', runs[0]!.id, panel.path, panel.x, panel.y, panel.columns], queryFn: ({ signal }) => placesOf(table, panel, signal), staleTime: Infinity, gcTime: 60_000, retry: false });
  const [by, setBy] = useState(panel.color);
  const color = by === undefined ? -1 : table.columns.indexOf(by);
  if (places.error) return <Failed problem={places.error} />;
  return (
    <div className="stack">
      <div className="row between">
        <label className="compare-tool">
          Colour
          <select className="input" value={by ?? ''} onChange={(event) => setBy(event.target.value || undefined)}>
            <option value="">one for all</option>
            {table.columns.map((column) => (
              <option key={column} value={column}>
                {column}
              </option>
            ))}
          </select>
        </label>
        <span className="muted">{places.data?.note}</span>
      </div>
      {places.data ? <Cloud label={`Embedding of ${panel.path} of ${runs[0]!.name}`} table={table} places={places.data} color={color} /> : <Loading lines={6} height="2rem" />}
      {color >= 0 && <Names table={table} color={color} />}
    </div>
  );
}

async function placesOf(table: TableFile, panel: PanelProps<'embedding'>['panel'], signal: AbortSignal): Promise<Places> {
  const named = panel.columns === undefined ? xyOf(table, panel.x, panel.y) : null;
  if (named !== null) return placesFrom(table, ...named);
  const columns = panel.columns?.map((name) => table.columns.indexOf(name)).filter((at) => at >= 0) ?? numberColumns(table);
  if (columns.length < 2) throw new Error(`'${panel.path}' has no columns x and y, and fewer than two columns of numbers to make them from. Its columns are ${table.columns.slice(0, 20).join(', ')}.`);
  const { values, rows } = matrixOf(table, columns);
  if (rows.length === 0) throw new Error('No row has a number in each of the columns.');
  const plane = await planeInWorker(values, columns.length, signal);
  return { points: plane.points, rows, note: `Principal components of ${columns.length} columns: ${percent(plane.shares[0])} and ${percent(plane.shares[1])} of the variance` };
}

/** Which colour each row has, and what stands for it. */
function colorsOf(table: TableFile, column: number, theme: 'light' | 'dark'): { of: (row: number) => string; categories: string[] | null } {
  if (column < 0) return { of: () => seriesColor(0, theme), categories: null };
  const values = table.rows.map((row) => row[column]);
  const finite = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const distinct = [...new Set(values.map(cellText))];
  if (finite.length === values.length && distinct.length > 10) {
    const [least, greatest] = finite.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
    return { of: (row) => rampColor((Number(values[row]) - least) / (greatest - least || 1), theme), categories: null };
  }
  const places = new Map(distinct.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name, index) => [name, index]));
  return { of: (row) => seriesColor(places.get(cellText(values[row])) ?? 0, theme), categories: [...places.keys()] };
}

function Names({ table, color }: { table: TableFile; color: number }) {
  const theme = useTheme();
  const names = useMemo(() => colorsOf(table, color, theme).categories, [table, color, theme]);
  if (names === null) return null;
  return (
    <ul role="list" className="color-key" aria-label={`Colours of ${table.columns[color] ?? ''}`}>
      {names.slice(0, 20).map((name, index) => (
        <li key={name}>
          <span className="legend-mark" style={{ background: seriesColor(index, theme) }} /> {name}
        </li>
      ))}
    </ul>
  );
}

function Cloud({ label, table, places, color }: { label: string; table: TableFile; places: Places; color: number }) {
  const option = useCallback(
    (colors: ChartColors, theme: 'light' | 'dark') => {
      const paint = colorsOf(table, color, theme);
      const drawn = places.rows.slice(0, pointsMax);
      const axis = { type: 'value', scale: true, axisLabel: { color: colors.ink2, hideOverlap: true, formatter: (value: number) => number(value) }, splitLine: { lineStyle: { color: colors.line, opacity: 0.5 } }, axisLine: { onZero: false, lineStyle: { color: colors.line } } };
      return {
        grid: { left: 52, right: 16, top: 12, bottom: 28 },
        xAxis: axis,
        yAxis: axis,
        tooltip: {
          trigger: 'item',
          renderMode: 'richText',
          confine: true,
          backgroundColor: colors.raised,
          borderColor: colors.line,
          textStyle: { color: colors.ink, fontSize: 12 },
          formatter: (hit: { dataIndex: number }) => rowText(table, drawn[hit.dataIndex]),
        },
        series: [
          {
            type: 'scatter',
            symbolSize: drawn.length > 5000 ? 3 : drawn.length > 800 ? 5 : 7,
            progressive: 2000,
            data: drawn.map((row, at) => ({ value: [places.points[2 * at], places.points[2 * at + 1]], itemStyle: { color: paint.of(row), opacity: 0.75 } })),
          },
        ],
      };
    },
    [table, places, color],
  );
  return (
    <>
      <Chart label={label} option={option} height={26} />
      {places.rows.length > pointsMax && <p className="muted">The first {pointsMax} of {places.rows.length} points are drawn.</p>}
    </>
  );
}

function rowText(table: TableFile, row: number | undefined): string {
  if (row === undefined) return '';
  return table.columns
    .slice(0, 12)
    .map((column, index) => {
      const text = cellText(table.rows[row]?.[index]);
      return `${column}  ${text.length > 60 ? `${text.slice(0, 59)}…` : text}`;
    })
    .join('\n');
}
