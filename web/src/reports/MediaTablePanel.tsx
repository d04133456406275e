import { useQueries } from '@tanstack/react-query';
import { useDeferredValue, useMemo, useState } from 'react';
import { StoredImage } from '../artifacts/StoredImage';
import { readFile } from '../artifacts/wholeFile';
import { Button } from '../ui/Button';
import { count, number } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { cellText, imageOf, readTable, type TableFile } from './tableFile';
import type { PanelProps } from './PanelView';

const pageRows = 20;
const bytesMax = 64_000_000;
const runsDrawn = 4;

/** A table that was logged as a file, with its pictures; found in and sorted here. */
export function MediaTablePanel({ panel, runs }: PanelProps<'media-table'>) {
  const shown = runs.slice(0, runsDrawn);
  const files = useQueries({ queries: shown.map((run) => tableOf(run.id, panel.path)) });
  return (
    <>
      {shown.map((run, index) => (
        <section key={run.id} aria-label={`${panel.path} of ${run.name}`}>
          {runs.length > 1 && <h4>{run.name}</h4>}
          {files[index]?.error ? (
            <Failed problem={files[index].error} />
          ) : files[index]?.data === undefined ? (
            <Loading lines={5} />
          ) : files[index].data === null ? (
            <p className="muted">
              {run.name} has no file <code>{panel.path}</code>.
            </p>
          ) : (
            <MediaTable run={run.id} table={files[index].data} name={panel.path} />
          )}
        </section>
      ))}
      {runs.length > runsDrawn && <p className="muted">The first {runsDrawn} runs are shown.</p>}
    </>
  );
}

/** A run's file as a table; null when there is none. */
export function tableOf(run: string, path: string) {
  return {
    queryKey: ['report', 'table', run, path],
    staleTime: 60_000,
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<TableFile | null> => {
      const bytes = await readFile(run, path, bytesMax, signal);
      return bytes === null ? null : readTable(path, bytes);
    },
  };
}

function MediaTable({ run, table, name }: { run: string; table: TableFile; name: string }) {
  const [text, setText] = useState('');
  const [page, setPage] = useState(0);
  const [order, setOrder] = useState<{ column: number; down: boolean } | null>(null);
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const rows = useMemo(() => {
    const found = wanted === '' ? table.rows : table.rows.filter((row) => row.some((cell) => cellText(cell).toLowerCase().includes(wanted)));
    return order === null ? found : [...found].sort((a, b) => compare(a[order.column], b[order.column]) * (order.down ? -1 : 1));
  }, [table, wanted, order]);
  const last = Math.max(0, Math.ceil(rows.length / pageRows) - 1);
  const at = Math.min(page, last);
  return (
    <div className="stack">
      <div className="row">
        <input className="input grow" type="search" aria-label={`Find in ${name}`} placeholder="Find" value={text} onChange={(event) => setText(event.target.value)} />
        <span className="muted">{count(rows.length)} rows</span>
        <Button disabled={at === 0} onClick={() => setPage(at - 1)}>
          Before
        </Button>
        <span className="muted">
          {at + 1} of {last + 1}
        </span>
        <Button disabled={at === last} onClick={() => setPage(at + 1)}>
          Next
        </Button>
      </div>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={name}>
        <table className="data media-table">
          <thead>
            <tr>
              {table.columns.map((column, index) => (
                <th key={index} scope="col" aria-sort={order?.column === index ? (order.down ? 'descending' : 'ascending') : undefined}>
                  <button type="button" className="media-table-sort" onClick={() => setOrder(order?.column === index && order.down ? null : { column: index, down: order?.column === index })}>
                    {column}
                    {order?.column === index && (order.down ? ' ↓' : ' ↑')}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(at * pageRows, (at + 1) * pageRows).map((row, index) => (
              <tr key={at * pageRows + index}>
                {table.columns.map((_, column) => (
                  <td key={column} className={typeof row[column] === 'number' ? 'number' : undefined}>
                    <Cell run={run} cell={row[column]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Cell({ run, cell }: { run: string; cell: unknown }) {
  const image = imageOf(cell);
  if (image !== null) return <StoredImage run={run} path={image} alt={image} />;
  if (typeof cell === 'number') return <span title={String(cell)}>{number(cell)}</span>;
  const text = cellText(cell);
  return <span title={text.length > 300 ? text.slice(0, 2000) : undefined}>{text.length > 300 ? `${text.slice(0, 299)}…` : text}</span>;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return cellText(a).localeCompare(cellText(b), 'en', { numeric: true });
}
