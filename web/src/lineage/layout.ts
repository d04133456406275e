import { layersOf, spread, withoutCircles, type Link } from './layers';
import type { LineageEdge, LineageNode } from './lineage';

export const nodeWidth = 208;
export const nodeHeight = 76;
const gapX = 52;
const gapY = 20;
const bendHeight = 12;
const margin = 24;
const sweeps = 8;

/** Where everything stands, in pixels at full size. */
export interface Layout {
  width: number;
  height: number;
  places: ReadonlyMap<string, Place>;
  paths: readonly { edge: LineageEdge; path: string }[];
}

export interface Place {
  x: number;
  y: number;
  layer: number;
  /** Its place in the layer, from the top. */
  row: number;
}

/**
 * Draws causes left of their effects: layers by the longest way, long edges bent through the layers between, the order of each layer by the middle of its
 * neighbours, heights as near to those as there is room. The same graph gives the same picture.
 */
export function layoutOf(nodes: readonly LineageNode[], edges: readonly LineageEdge[]): Layout {
  const index = new Map(nodes.map((node, at) => [node.id, at]));
  const known = edges.filter((edge) => index.has(edge.from) && index.has(edge.to) && edge.from !== edge.to);
  const links = withoutCircles(
    nodes.length,
    known.map((edge) => ({ from: index.get(edge.from)!, to: index.get(edge.to)! })),
  );
  const layers = Array.from(layersOf(nodes.length, links));
  const first = Math.min(0, ...layers);
  layers.forEach((layer, at) => (layers[at] = layer - first));

  // Points beyond the nodes are bends of edges that pass a layer.
  const bends: number[][] = [];
  const short: Link[] = [];
  for (const link of links) {
    const via: number[] = [];
    let from = link.from;
    for (let layer = layers[link.from]! + 1; layer < layers[link.to]!; layer++) {
      const bend = layers.push(layer) - 1;
      via.push(bend);
      short.push({ from, to: bend });
      from = bend;
    }
    short.push({ from, to: link.to });
    bends.push(via);
  }
  const rows = ordered(layers, short);
  const ys = heights(rows, short, layers.length, nodes.length);
  const top = ys.reduce((least, y, point) => Math.min(least, y - (point < nodes.length ? nodeHeight : bendHeight) / 2), Infinity);

  const places = new Map<string, Place>();
  rows.forEach((row, layer) =>
    row
      .filter((point) => point < nodes.length)
      .forEach((point, at) => places.set(nodes[point]!.id, { x: margin + layer * (nodeWidth + gapX), y: margin + ys[point]! - top - nodeHeight / 2, layer, row: at })),
  );
  const at = (point: number, side: 0 | 1) => ({ x: margin + layers[point]! * (nodeWidth + gapX) + side * nodeWidth, y: margin + ys[point]! - top });
  const paths = known.map((edge, n) => {
    const [from, to] = [index.get(edge.from)!, index.get(edge.to)!];
    const forward = layers[from]! <= layers[to]!;
    const via = forward ? bends[n]! : bends[n]!.toReversed();
    return { edge, path: curve(at(from, forward ? 1 : 0), via.map((point) => [at(point, forward ? 0 : 1), at(point, forward ? 1 : 0)]).flat(), at(to, forward ? 0 : 1)) };
  });
  const height = Math.max(nodeHeight, ...[...places.values()].map((place) => place.y + nodeHeight - margin)) + 2 * margin;
  return { width: Math.max(1, rows.length) * (nodeWidth + gapX) - gapX + 2 * margin, height, places, paths };
}

interface Point {
  x: number;
  y: number;
}

function curve(from: Point, via: readonly Point[], to: Point): string {
  let path = `M${from.x} ${from.y}`;
  let last = from;
  for (const point of [...via, to]) {
    const middle = (last.x + point.x) / 2;
    path += last.y === point.y ? ` L${point.x} ${point.y}` : ` C${middle} ${last.y} ${middle} ${point.y} ${point.x} ${point.y}`;
    last = point;
  }
  return path;
}

/** Points of each layer from the top, after sweeps to and fro that put each point at the middle of its neighbours. */
function ordered(layers: readonly number[], links: readonly Link[]): number[][] {
  const rows: number[][] = [];
  layers.forEach((layer, point) => (rows[layer] ??= []).push(point));
  for (let layer = 0; layer < rows.length; layer++) rows[layer] ??= [];
  const [before, after] = neighbours(layers.length, links);
  const rank = new Float64Array(layers.length);
  const number = (row: readonly number[]) => row.forEach((point, at) => (rank[point] = (at + 0.5) / row.length));
  rows.forEach(number);
  let best = rows.map((row) => [...row]);
  let least = crossings(best, after, layers.length);
  for (let sweep = 0; sweep < sweeps && least > 0; sweep++) {
    const down = sweep % 2 === 0;
    for (let step = 0; step < rows.length; step++) {
      const row = rows[down ? step : rows.length - 1 - step]!;
      const wanted = new Map(row.map((point) => [point, mean((down ? before : after)[point]!, rank)]));
      row.sort((a, b) => (wanted.get(a) ?? rank[a]!) - (wanted.get(b) ?? rank[b]!) || a - b);
      number(row);
    }
    const now = crossings(rows, after, layers.length);
    if (now < least) [best, least] = [rows.map((row) => [...row]), now];
  }
  return best;
}

function neighbours(count: number, links: readonly Link[]): [number[][], number[][]] {
  const before: number[][] = Array.from({ length: count }, () => []);
  const after: number[][] = Array.from({ length: count }, () => []);
  for (const { from, to } of links) {
    before[to]!.push(from);
    after[from]!.push(to);
  }
  return [before, after];
}

function mean(of: readonly number[], values: ArrayLike<number>): number | undefined {
  return of.length === 0 ? undefined : of.reduce((sum, one) => sum + values[one]!, 0) / of.length;
}

/** How often edges between neighbouring layers cross. */
export function crossings(rows: readonly (readonly number[])[], after: readonly (readonly number[])[], count: number): number {
  const place = new Int32Array(count);
  rows.forEach((row) => row.forEach((point, at) => (place[point] = at)));
  let sum = 0;
  for (const row of rows) {
    const ends = row.flatMap((point) => after[point]!.map((to) => place[to]!).sort((a, b) => a - b));
    // Inversions, counted by inserting from the right into what is sorted there.
    const sorted: number[] = [];
    for (const end of ends.toReversed()) {
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle]! < end) low = middle + 1;
        else high = middle;
      }
      sum += low;
      sorted.splice(low, 0, end);
    }
  }
  return sum;
}

/** The middle of each point: rows begin close together and are drawn towards their neighbours. */
function heights(rows: readonly (readonly number[])[], links: readonly Link[], count: number, nodes: number): Float64Array {
  const [before, after] = neighbours(count, links);
  const size = (point: number) => (point < nodes ? nodeHeight : bendHeight) + gapY;
  const ys = new Float64Array(count);
  for (const row of rows) {
    let at = -row.reduce((sum, point) => sum + size(point), 0) / 2;
    for (const point of row) {
      ys[point] = at + size(point) / 2;
      at += size(point);
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let step = 0; step < rows.length; step++) {
      const row = rows[sweep % 2 === 0 ? step : rows.length - 1 - step]!;
      const wanted = row.map((point) => mean([...before[point]!, ...after[point]!], ys) ?? ys[point]!);
      spread(wanted, row.map(size)).forEach((y, n) => (ys[row[n]!] = y));
    }
  }
  return ys.map(Math.round);
}
