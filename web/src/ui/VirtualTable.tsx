import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type ReactNode } from 'react';
import './virtual-table.css';

/** One column: its name, its width as a track of a grid, and what stands in it. */
export interface TableColumn<T> {
  name: string;
  width: string;
  cell: (row: T) => ReactNode;
  /** The name is not drawn, only told: a column of buttons. */
  silent?: boolean;
}

interface Props<T> {
  label: string;
  columns: readonly TableColumn<T>[];
  rows: readonly T[];
  rowKey: (row: T) => string | number;
  /** Called while the end is in sight: more rows are to be fetched. */
  onEnd?: (() => void) | undefined;
}

/** A table of any length that scrolls with the page: only rows in sight are drawn, each as high as it needs. On a phone each row is a block. */
export function VirtualTable<T>({ label, columns, rows, rowKey, onEnd }: Props<T>) {
  const body = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  // What stands above the table changes its height, and no event tells of it.
  useLayoutEffect(() => {
    const at = body.current === null ? 0 : Math.round(body.current.getBoundingClientRect().top + scrollY);
    if (at !== top) setTop(at);
  });
  const virtual = useWindowVirtualizer({ count: rows.length, estimateSize: () => 41, overscan: 12, scrollMargin: top, getItemKey: (index) => rowKey(rows[index]!) });
  const shown = virtual.getVirtualItems();
  const end = (shown.at(-1)?.index ?? -1) >= rows.length - 1;
  useEffect(() => {
    if (end) onEnd?.();
  });
  const tracks = { '--vtable-columns': columns.map((column) => column.width).join(' ') } as CSSProperties;
  return (
    <div className="vtable" role="table" aria-label={label} aria-rowcount={rows.length + 1} style={tracks}>
      <div className="vtable-head" role="rowgroup">
        <div role="row" aria-rowindex={1} className="vtable-row">
          {columns.map((column) => (
            <div key={column.name} role="columnheader">
              {column.silent ? <span className="visually-hidden">{column.name}</span> : column.name}
            </div>
          ))}
        </div>
      </div>
      <div ref={body} role="rowgroup" className="vtable-body" style={{ blockSize: virtual.getTotalSize() }}>
        {shown.map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            role="row"
            aria-rowindex={item.index + 2}
            className="vtable-row"
            style={{ transform: `translateY(${item.start - top}px)` }}
          >
            {columns.map((column) => (
              <div key={column.name} role="cell" data-name={column.silent ? undefined : column.name}>
                {column.cell(rows[item.index]!)}
              </div>
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
