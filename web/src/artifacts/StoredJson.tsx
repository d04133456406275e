import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Failed, Loading } from '../ui/States';
import { pieceQuery } from './files';
import { jsonRows } from './jsonRows';
import type { Shown } from './Preview';
import { StoredText } from './StoredText';
import './json.css';

/** Larger ones are shown as text: nobody waits for a tree of them. */
const bytesMax = 24_000_000;
const rowsMax = 200_000;

/** JSON as a tree that opens and closes. */
export function StoredJson({ run, path, head }: Shown) {
  const [asText, setAsText] = useState(false);
  const small = head.total <= bytesMax;
  const whole = useQuery({ ...pieceQuery(run, path, 0, head.total), enabled: small && head.bytes.length < head.total });
  const piece = head.bytes.length >= head.total ? head : whole.data;
  const parsed = useMemo((): { value?: unknown; wrong?: string } => {
    if (!piece) return {};
    try {
      return { value: JSON.parse(new TextDecoder().decode(piece.bytes)) as unknown };
    } catch (fault) {
      return { wrong: fault instanceof Error ? fault.message : String(fault) };
    }
  }, [piece]);
  if (!small) return <WithReason reason={`A tree of ${bytes(head.total)} is not drawn: it is shown as text.`} run={run} path={path} head={head} />;
  if (whole.error && !piece) return <Failed problem={whole.error} retry={() => void whole.refetch()} />;
  if (!piece) return <Loading lines={8} />;
  if (parsed.wrong !== undefined) return <WithReason reason={`This is no valid JSON: ${parsed.wrong}`} run={run} path={path} head={head} />;
  return (
    <div className="stack">
      <div className="row" role="group" aria-label="View">
        <Button aria-pressed={!asText} onClick={() => setAsText(false)}>
          Tree
        </Button>
        <Button aria-pressed={asText} onClick={() => setAsText(true)}>
          Text
        </Button>
      </div>
      {asText ? <StoredText run={run} path={path} head={head} /> : <JsonTree value={parsed.value} />}
    </div>
  );
}

function WithReason({ reason, ...file }: Shown & { reason: string }) {
  return (
    <div className="stack">
      <p className="muted">{reason}</p>
      <StoredText {...file} />
    </div>
  );
}

/** A value as a tree. */
export function JsonTree({ value }: { value: unknown }) {
  const host = useRef<HTMLDivElement>(null);
  const [flipped, setFlipped] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState(0);
  // The first levels are open, large lists are not; a click flips either.
  const isOpen = useCallback((path: string, depth: number, size: number) => (depth < 2 && (size <= 100 || depth === 0)) !== flipped.has(path), [flipped]);
  const { rows, cut } = useMemo(() => jsonRows(value, isOpen, rowsMax), [value, isOpen]);
  const lines = useVirtualizer({ count: rows.length, getScrollElement: () => host.current, estimateSize: () => 22, overscan: 20 });
  const flip = (path: string) => setFlipped((before) => (before.has(path) ? new Set([...before].filter((one) => one !== path)) : new Set([...before, path])));
  const go = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setAt(next);
    lines.scrollToIndex(next);
  };
  const key = (event: KeyboardEvent) => {
    const row = rows[at];
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (row && row.size > 0 && !row.open ? flip(row.path) : go(at + 1)),
      ArrowLeft: () => (row?.open ? flip(row.path) : go(rows.findLastIndex((one, index) => index < at && one.depth < (row?.depth ?? 0)))),
      Enter: () => row && row.size > 0 && flip(row.path),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  return (
    <>
      <div ref={host} className="json" role="tree" aria-label="JSON" tabIndex={0} aria-activedescendant={`json-${at}`} onKeyDown={key}>
        <div role="presentation" style={{ blockSize: lines.getTotalSize(), position: 'relative' }}>
          {lines.getVirtualItems().map((item) => {
            const row = rows[item.index]!;
            return (
              <div
                key={row.path}
                id={`json-${item.index}`}
                role="treeitem"
                aria-level={row.depth + 1}
                aria-selected={item.index === at}
                aria-expanded={row.size > 0 ? row.open : undefined}
                className={item.index === at ? 'json-line json-here' : 'json-line'}
                style={{ transform: `translateY(${item.start}px)`, paddingInlineStart: `${0.5 + row.depth * 1.1}rem` }}
                onClick={() => {
                  setAt(item.index);
                  if (row.size > 0) flip(row.path);
                }}
              >
                <span className="json-mark">{row.size > 0 && <Icon name={row.open ? 'down' : 'right'} size={12} />}</span>
                {row.name !== null && <span className="json-name">{row.name}</span>}
                <span className={`json-${row.kind}`}>{row.text}</span>
              </div>
            );
          })}
        </div>
      </div>
      {cut && <p className="muted">The first {count(rowsMax)} lines are shown: close something to see others.</p>}
    </>
  );
}
