/** An edge between places in a list of nodes. */
export interface Link {
  from: number;
  to: number;
}

/** Edges that close a circle, as a walk in depth meets them: turned round, nothing is left that runs against its direction. */
export function withoutCircles(count: number, links: readonly Link[]): Link[] {
  const out: number[][] = Array.from({ length: count }, () => []);
  links.forEach((link, index) => out[link.from]!.push(index));
  const state = new Uint8Array(count);
  const turned = new Set<number>();
  for (let root = 0; root < count; root++) {
    if (state[root] !== 0) continue;
    state[root] = 1;
    const stack: { node: number; next: number }[] = [{ node: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const index = out[top.node]![top.next++];
      if (index === undefined) {
        state[top.node] = 2;
        stack.pop();
        continue;
      }
      const to = links[index]!.to;
      if (state[to] === 1) turned.add(index);
      else if (state[to] === 0) {
        state[to] = 1;
        stack.push({ node: to, next: 0 });
      }
    }
  }
  return links.flatMap((link, index) => (link.from === link.to ? [] : [turned.has(index) ? { from: link.to, to: link.from } : link]));
}

/** The layer of each node: after everything that leads to it, and what leads to nothing before it as close to its effect as it can be. */
export function layersOf(count: number, links: readonly Link[]): Int32Array {
  const [into, out] = [counts(count), counts(count)];
  for (const link of links) {
    into[link.to]!.push(link.from);
    out[link.from]!.push(link.to);
  }
  const layers = new Int32Array(count);
  const waiting = into.map((one) => one.length);
  const order: number[] = [];
  waiting.forEach((left, node) => left === 0 && order.push(node));
  for (let at = 0; at < order.length; at++) {
    for (const to of out[order[at]!]!) {
      layers[to] = Math.max(layers[to]!, layers[order[at]!]! + 1);
      if (--waiting[to]! === 0) order.push(to);
    }
  }
  for (const node of order.toReversed()) {
    if (into[node]!.length === 0 && out[node]!.length > 0) layers[node] = Math.min(...out[node]!.map((to) => layers[to]!)) - 1;
  }
  return layers;
}

function counts(count: number): number[][] {
  return Array.from({ length: count }, () => []);
}

/**
 * Places in a row that are as near to where they want to be as the gaps allow: the least squares, by merging neighbours that would overlap.
 * @param wanted Where each wants its middle, in the order of the row.
 * @param sizes How much room each takes, its share of the gaps included.
 */
export function spread(wanted: readonly number[], sizes: readonly number[]): number[] {
  // Measured from where each would be if all stood close together, the only rule left is that places do not fall.
  const offsets: number[] = [];
  for (let i = 0, at = 0; i < sizes.length; i++) {
    offsets.push(at + sizes[i]! / 2);
    at += sizes[i]!;
  }
  const blocks: { sum: number; count: number }[] = [];
  for (let i = 0; i < wanted.length; i++) {
    let block = { sum: wanted[i]! - offsets[i]!, count: 1 };
    for (let before = blocks.at(-1); before !== undefined && before.sum / before.count >= block.sum / block.count; before = blocks.at(-1)) {
      block = { sum: before.sum + block.sum, count: before.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  const places: number[] = [];
  for (const { sum, count } of blocks) for (let i = 0; i < count; i++) places.push(sum / count + offsets[places.length]!);
  return places;
}
