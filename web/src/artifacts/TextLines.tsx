import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import './text.css';

interface Props {
  text: string;
  label: string;
  numbers?: boolean;
  /** Stays at the end as long as nobody scrolls away from it. */
  toEnd?: boolean;
  wrap?: boolean;
  /** The number of the first line. */
  first?: number;
}

/** A line that is longer is drawn in pieces: no browser lays out a megabyte in one line gladly. */
const lineMax = 5_000;

/** Lines of text; of a million only those on the screen are drawn. */
export function TextLines({ text, label, numbers = true, toEnd = false, wrap = false, first = 1 }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const lines = useMemo(() => splitLines(text), [text]);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => host.current, estimateSize: () => 19, overscan: 20 });
  const atEnd = useRef(toEnd);
  useEffect(() => {
    if (atEnd.current && lines.length > 0) rows.scrollToIndex(lines.length - 1, { align: 'end' });
  }, [lines, rows]);
  const digits = String(first + lines.length).length;
  return (
    <div
      ref={host}
      className="text-lines"
      tabIndex={0}
      role="region"
      aria-label={label}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        if (toEnd) atEnd.current = scrollTop + clientHeight >= scrollHeight - 40;
      }}
    >
      <div style={{ blockSize: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((item) => (
          <div key={item.key} ref={wrap ? rows.measureElement : undefined} data-index={item.index} className={wrap ? 'text-line text-line-wrap' : 'text-line'} style={{ transform: `translateY(${item.start}px)` }}>
            {numbers && (
              <span className="text-number" style={{ inlineSize: `${digits + 1}ch` }} aria-hidden="true">
                {first + item.index}
              </span>
            )}
            <span className="text-text">{lines[item.index]}</span>
          </div>
        ))}
      </div>
    </div>
  );
}

/** Lines without their ends; very long ones in pieces, and no empty one behind the last end. */
export function splitLines(text: string): string[] {
  const lines: string[] = [];
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end < 0) end = text.length;
    const line = text.slice(at, end > at && text[end - 1] === '\r' ? end - 1 : end);
    if (line.length <= lineMax) lines.push(line);
    else for (let piece = 0; piece < line.length; piece += lineMax) lines.push(line.slice(piece, piece + lineMax));
    at = end + 1;
  }
  return lines;
}
