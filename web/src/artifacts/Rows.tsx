import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { copy } from '../ui/Value';
import './rows.css';

interface Props {
  header: readonly string[];
  rows: readonly (readonly string[])[];
  label: string;
  /** Rows at the beginning that are none of the data. */
  skip?: number;
  /** The number of the first row. */
  first?: number;
  /** The last rows are seen. */
  onEnd?: (() => void) | undefined;
}

const rowHeight = 30;
const columnsMax = 500;

/** Rows and columns of text; only what is on the screen is drawn. A click copies a cell. */
export function Rows({ header, rows, label, skip = 0, first = 1, onEnd }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const length = Math.max(0, rows.length - skip);
  const lines = useVirtualizer({ count: length, getScrollElement: () => host.current, estimateSize: () => rowHeight, overscan: 12 });
  const widths = useMemo(() => columnWidths(header, rows.slice(skip, skip + 100)), [header, rows, skip]);
  const columns = useVirtualizer({ horizontal: true, count: widths.length, getScrollElement: () => host.current, estimateSize: (index) => widths[index]!, overscan: 4 });
  const shown = lines.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && lastShown >= length - 30) onEnd();
  }, [lastShown, length, onEnd]);
  useEffect(() => columns.measure(), [widths, columns]);
  const drawn = columns.getVirtualItems();
  const digits = String(first + length).length + 2;
  return (
    <>
      <div ref={host} className="rows" role="table" aria-label={label} aria-rowcount={length + 1} aria-colcount={header.length} tabIndex={0}>
        <div className="rows-head" role="row" aria-rowindex={1} style={{ inlineSize: `calc(${columns.getTotalSize()}px + ${digits}ch)` }}>
          {drawn.map((column) => (
            <span key={column.key} role="columnheader" aria-colindex={column.index + 1} className="rows-cell" style={{ insetInlineStart: `calc(${column.start}px + ${digits}ch)`, inlineSize: column.size }} title={header[column.index]}>
              {header[column.index]}
            </span>
          ))}
        </div>
        <div role="rowgroup" style={{ blockSize: lines.getTotalSize(), position: 'relative', inlineSize: `calc(${columns.getTotalSize()}px + ${digits}ch)` }}>
          {shown.map((line) => {
            const row = rows[line.index + skip] ?? [];
            return (
              <div key={line.key} role="row" aria-rowindex={line.index + 2} className="rows-line" style={{ transform: `translateY(${line.start}px)`, blockSize: rowHeight }}>
                <span className="rows-number" style={{ inlineSize: `${digits}ch` }} aria-hidden="true">
                  {first + line.index}
                </span>
                {drawn.map((column) => {
                  const value = row[column.index] ?? '';
                  return (
                    <span
                      key={column.key}
                      role="cell"
                      aria-colindex={column.index + 1}
                      className={isNumber(value) ? 'rows-cell rows-cell-number' : 'rows-cell'}
                      style={{ insetInlineStart: `calc(${column.start}px + ${digits}ch)`, inlineSize: column.size }}
                      title={value.length > 24 ? value.slice(0, 2_000) : undefined}
                      onDoubleClick={() => void copy(value)}
                    >
                      {value.length > 300 ? `${value.slice(0, 299)}…` : value}
                    </span>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
      {header.length > columnsMax && <p className="muted">The first {columnsMax} of {header.length} columns are shown.</p>}
    </>
  );
}

function isNumber(text: string): boolean {
  return text !== '' && text.length < 40 && Number.isFinite(Number(text));
}

/** As wide as what is in it, within reason. */
function columnWidths(header: readonly string[], rows: readonly (readonly string[])[]): number[] {
  const columns = Math.min(columnsMax, Math.max(header.length, ...rows.map((row) => row.length)));
  return Array.from({ length: columns }, (_, column) => {
    const longest = rows.reduce((most, row) => Math.max(most, Math.min(row[column]?.length ?? 0, 40)), Math.min((header[column]?.length ?? 0) + 1, 40));
    return Math.max(64, Math.round(longest * 8.2) + 24);
  });
}
