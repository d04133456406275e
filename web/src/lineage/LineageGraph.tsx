import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { layoutOf, nodeHeight, nodeWidth, type Layout, type Place } from './layout';
import type { Lineage } from './lineage';
import { FromHere, KindLine, NodeLink } from './LineageNodeCard';
import { aroundOf, edgeWords, factsOf, kindOf, rootsOf } from './nodes';

const zoomMin = 0.2;
const zoomMax = 2;
const zoomStep = 1.25;

/**
 * The picture. It scrolls like any other page, so that touch, wheel and keyboard move it by themselves; drawing with the mouse moves it too, and the wheel
 * with Ctrl zooms. Arrow keys go from node to node.
 */
export function LineageGraph({ of }: { of: Lineage }) {
  const layout = useMemo(() => layoutOf(of.nodes, of.edges), [of.nodes, of.edges]);
  const roots = useMemo(() => rootsOf(of), [of]);
  const [zoom, setZoom] = useState(1);
  const [pointed, setPointed] = useState<string | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  // Where the zoom keeps its place: applied once the new size is there.
  const keep = useRef<{ x: number; y: number; left: number; top: number } | null>(null);
  const near = useMemo(() => {
    if (pointed === null) return null;
    const { up, down } = aroundOf([pointed], of.edges);
    return new Set([pointed, ...up, ...down]);
  }, [pointed, of.edges]);

  function zoomTo(next: number, at?: { x: number; y: number }): void {
    const shown = frame.current;
    if (!shown) return;
    const to = Math.min(zoomMax, Math.max(zoomMin, next));
    const x = at?.x ?? shown.clientWidth / 2;
    const y = at?.y ?? shown.clientHeight / 2;
    keep.current = { x, y, left: ((shown.scrollLeft + x) / zoom) * to, top: ((shown.scrollTop + y) / zoom) * to };
    setZoom(to);
  }

  useLayoutEffect(() => {
    const shown = frame.current;
    if (!shown || !keep.current) return;
    shown.scrollLeft = keep.current.left - keep.current.x;
    shown.scrollTop = keep.current.top - keep.current.y;
    keep.current = null;
  }, [zoom]);

  // Another lineage: as much of it as can be read, with what it is about in the middle.
  useLayoutEffect(() => {
    const shown = frame.current;
    const place = layout.places.get(roots[0] ?? '');
    if (!shown) return;
    const fit = fitting(layout, shown);
    const to = Math.max(0.75, Math.min(1, fit));
    setZoom(to);
    if (place) keep.current = { x: shown.clientWidth / 2, y: shown.clientHeight / 2, left: (place.x + nodeWidth / 2) * to, top: (place.y + nodeHeight / 2) * to };
    shown.scrollLeft = place ? (place.x + nodeWidth / 2) * to - shown.clientWidth / 2 : 0;
    shown.scrollTop = place ? (place.y + nodeHeight / 2) * to - shown.clientHeight / 2 : 0;
  }, [layout, roots]);

  useLayoutEffect(() => {
    const shown = frame.current;
    if (!shown) return;
    // React listens passively to the wheel; a zoom must keep the page from zooming.
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const box = shown.getBoundingClientRect();
      zoomTo(zoom * Math.exp(-event.deltaY / 300), { x: event.clientX - box.left, y: event.clientY - box.top });
    };
    shown.addEventListener('wheel', wheel, { passive: false });
    return () => shown.removeEventListener('wheel', wheel);
  });

  function down(event: PointerEvent<HTMLDivElement>): void {
    if (event.pointerType !== 'mouse' || event.button !== 0 || (event.target as HTMLElement).closest('.lineage-node')) return;
    drawn.current = { x: event.clientX, y: event.clientY, left: event.currentTarget.scrollLeft, top: event.currentTarget.scrollTop };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  function move(event: PointerEvent<HTMLDivElement>): void {
    const from = drawn.current;
    if (!from) return;
    event.currentTarget.scrollLeft = from.left - (event.clientX - from.x);
    event.currentTarget.scrollTop = from.top - (event.clientY - from.y);
  }

  function key(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key === '+' || event.key === '=') zoomTo(zoom * zoomStep);
    else if (event.key === '-') zoomTo(zoom / zoomStep);
    else {
      const here = (event.target as HTMLElement).closest<HTMLElement>('.lineage-node')?.dataset.id;
      const next = here === undefined ? undefined : neighbour(here, event.key, layout, of);
      if (next === undefined) return;
      frame.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(next)}"] .lineage-name`)?.focus();
    }
    event.preventDefault();
  }

  return (
    <section className="card lineage-card" aria-label="Graph">
      <div className="row lineage-zoom" role="group" aria-label="Zoom">
        <Button square aria-label="Smaller" title="Smaller (-)" disabled={zoom <= zoomMin} onClick={() => zoomTo(zoom / zoomStep)}>
          −
        </Button>
        <output className="muted">{Math.round(zoom * 100)}%</output>
        <Button square aria-label="Larger" title="Larger (+)" disabled={zoom >= zoomMax} onClick={() => zoomTo(zoom * zoomStep)}>
          +
        </Button>
        <Button onClick={() => frame.current && zoomTo(Math.min(1, fitting(layout, frame.current)))} title="All of it">
          <Icon name="expand" /> Fit
        </Button>
      </div>
      <div
        ref={frame}
        className="lineage-frame"
        tabIndex={0}
        role="group"
        aria-label="Lineage: arrow keys go from one thing to the next, plus and minus zoom"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => (drawn.current = null)}
        onPointerCancel={() => (drawn.current = null)}
        onKeyDown={key}
      >
        <div className="lineage-room" style={{ inlineSize: layout.width * zoom, blockSize: layout.height * zoom }}>
          <div className="lineage-plane" style={{ inlineSize: layout.width, blockSize: layout.height, transform: `scale(${zoom})` }}>
            <svg className="lineage-edges" width={layout.width} height={layout.height} aria-hidden="true">
              <defs>
                <marker id="lineage-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                  <path d="M0 0 8 4 0 8z" />
                </marker>
              </defs>
              {layout.paths.map(({ edge, path }) => (
                <path key={`${edge.from} ${edge.to} ${edge.kind}`} d={path} markerEnd="url(#lineage-arrow)" className={pathLook(near, edge.from, edge.to, edge.kind)}>
                  <title>{edgeWords[edge.kind] ?? edge.kind}</title>
                </path>
              ))}
            </svg>
            <ul role="list">
              {of.nodes.map((node) => {
                const place = layout.places.get(node.id);
                if (!place) return null;
                const kind = kindOf(node.kind);
                const look = ['lineage-node', `lineage-of-${node.kind}`, kind.external && 'lineage-external', roots.includes(node.id) && 'lineage-root', near && !near.has(node.id) && 'lineage-far'].filter(Boolean).join(' ');
                return (
                  <li
                    key={node.id}
                    data-id={node.id}
                    className={look}
                    aria-current={node.id === of.of ? 'true' : undefined}
                    style={{ insetInlineStart: place.x, insetBlockStart: place.y, inlineSize: nodeWidth, blockSize: nodeHeight }}
                    onPointerEnter={() => setPointed(node.id)}
                    onPointerLeave={() => setPointed(null)}
                    onFocus={() => setPointed(node.id)}
                    onBlur={() => setPointed(null)}
                  >
                    <div className="lineage-top">
                      <KindLine of={node} />
                      {node.id !== of.of && <FromHere of={node} />}
                    </div>
                    <NodeLink of={node} edges={of.edges} current={node.id === of.of} />
                    <span className="lineage-facts">{factsOf(node)}</span>
                  </li>
                );
              })}
            </ul>
          </div>
        </div>
      </div>
    </section>
  );
}

function pathLook(near: ReadonlySet<string> | null, from: string, to: string, kind: string): string | undefined {
  return [kind === 'same' && 'same', near && (near.has(from) && near.has(to) ? 'near' : 'far')].filter(Boolean).join(' ') || undefined;
}

/** How much it has to shrink to be seen whole. */
function fitting(layout: Layout, frame: HTMLElement): number {
  return Math.min(frame.clientWidth / layout.width, frame.clientHeight / layout.height);
}

/** The node that an arrow key goes to: along an edge to the left or right, within the layer up or down. */
function neighbour(id: string, key: string, layout: Layout, of: Lineage): string | undefined {
  const here = layout.places.get(id);
  if (!here) return undefined;
  const nearest = (ids: readonly string[]) =>
    ids
      .flatMap((one) => (layout.places.has(one) ? [[one, layout.places.get(one)!] as const] : []))
      .sort((a, b) => Math.abs(a[1].y - here.y) - Math.abs(b[1].y - here.y))[0]?.[0];
  const inLayer = (step: number) => [...layout.places].find(([, place]: [string, Place]) => place.layer === here.layer && place.row === here.row + step)?.[0];
  switch (key) {
    case 'ArrowLeft':
      return nearest(of.edges.filter((edge) => edge.to === id).map((edge) => edge.from));
    case 'ArrowRight':
      return nearest(of.edges.filter((edge) => edge.from === id).map((edge) => edge.to));
    case 'ArrowUp':
      return inLayer(-1);
    case 'ArrowDown':
      return inLayer(1);
    default:
      return undefined;
  }
}
