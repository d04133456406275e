import { expect, test } from 'vitest';
import { chance } from '../compare/chance';
import { layersOf, spread, withoutCircles } from './layers';
import { crossings, layoutOf, nodeHeight, nodeWidth } from './layout';
import type { LineageEdge, LineageNode } from './lineage';
import { aroundOf, factsOf, idOf, pageOf, partsOf } from './nodes';

function node(id: string): LineageNode {
  return { id, kind: 'run', name: id, distance: 0 };
}

function graph(seed: number, circles: boolean): { nodes: LineageNode[]; edges: LineageEdge[] } {
  const next = chance(seed);
  const count = 1 + Math.floor(next() * 25);
  const nodes = Array.from({ length: count }, (_, at) => node(`n${at}`));
  const edges: LineageEdge[] = [];
  for (let n = Math.floor(next() * count * 2); n > 0; n--) {
    const [a, b] = [Math.floor(next() * count), Math.floor(next() * count)];
    if (circles || a !== b) edges.push({ from: `n${circles ? a : Math.min(a, b)}`, to: `n${circles ? b : Math.max(a, b)}`, kind: 'read' });
  }
  return { nodes, edges };
}

test('causes stand left of their effects, for any graph without circles', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const { nodes, edges } = graph(seed, false);
    const { places } = layoutOf(nodes, edges);
    expect(places.size).toBe(nodes.length);
    for (const edge of edges) expect(places.get(edge.from)!.x).toBeLessThan(places.get(edge.to)!.x);
  }
});

test('nothing overlaps and nothing lies outside, for any graph, also one that runs in circles', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const { nodes, edges } = graph(seed, true);
    const { places, width, height } = layoutOf(nodes, edges);
    const all = [...places.values()];
    for (const [at, a] of all.entries()) {
      expect(Number.isFinite(a.x + a.y)).toBe(true);
      expect(a.x >= 0 && a.y >= 0 && a.x + nodeWidth <= width && a.y + nodeHeight <= height).toBe(true);
      for (const b of all.slice(at + 1)) expect(a.layer !== b.layer || Math.abs(a.y - b.y) >= nodeHeight).toBe(true);
    }
  }
});

test('the same graph gives the same picture, and an edge to nowhere is left out', () => {
  const { nodes, edges } = graph(7, true);
  expect(layoutOf(nodes, edges)).toEqual(layoutOf(nodes, edges));
  expect(layoutOf([node('a')], [{ from: 'a', to: 'gone', kind: 'read' }, { from: 'a', to: 'a', kind: 'same' }]).paths).toEqual([]);
  expect(layoutOf([], []).places.size).toBe(0);
});

test('500 nodes with 2,000 edges are laid out in a blink', () => {
  const next = chance(3);
  const nodes = Array.from({ length: 500 }, (_, at) => node(`n${at}`));
  const edges = Array.from({ length: 2000 }, () => {
    const a = Math.floor(next() * 499);
    return { from: `n${a}`, to: `n${Math.min(499, a + 1 + Math.floor(next() * 30))}`, kind: 'read' };
  });
  const begun = performance.now();
  layoutOf(nodes, edges);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

test('a chain is a straight line, and two lines that need not cross do not', () => {
  const { places } = layoutOf(['a', 'b', 'c'].map(node), [{ from: 'a', to: 'b', kind: 'read' }, { from: 'b', to: 'c', kind: 'read' }]);
  expect(new Set([...places.values()].map((place) => place.y)).size).toBe(1);
  const crossed = layoutOf(['a', 'b', 'x', 'y'].map(node), [{ from: 'a', to: 'y', kind: 'read' }, { from: 'b', to: 'x', kind: 'read' }]).places;
  expect(Math.sign(crossed.get('a')!.y - crossed.get('b')!.y)).toBe(Math.sign(crossed.get('y')!.y - crossed.get('x')!.y));
});

test('a circle loses one edge, and a late source stands beside its effect', () => {
  const links = withoutCircles(3, [{ from: 0, to: 1 }, { from: 1, to: 2 }, { from: 2, to: 0 }]);
  expect(links).toContainEqual({ from: 0, to: 2 });
  expect([...layersOf(4, [{ from: 0, to: 1 }, { from: 1, to: 2 }, { from: 3, to: 2 }])]).toEqual([0, 1, 2, 1]);
});

test('places keep their gaps, and are the nearest ones to where they want to be', () => {
  expect(spread([0, 0], [10, 10])).toEqual([-5, 5]);
  expect(spread([0, 100], [10, 10])).toEqual([0, 100]);
  const next = chance(9);
  for (let round = 0; round < 200; round++) {
    const sizes = Array.from({ length: 1 + Math.floor(next() * 8) }, () => 1 + next() * 10);
    const wanted = sizes.map(() => next() * 60);
    const places = spread(wanted, sizes);
    const cost = (of: readonly number[]) => of.reduce((sum, place, at) => sum + (place - wanted[at]!) ** 2, 0);
    for (let at = 1; at < places.length; at++) expect(places[at]! - places[at - 1]!).toBeGreaterThanOrEqual((sizes[at]! + sizes[at - 1]!) / 2 - 1e-9);
    // Moving all of them together, or one part against the rest, makes nothing better.
    for (let cut = 0; cut < places.length; cut++) for (const by of [0.01, -0.01]) {
      const moved = places.map((place, at) => (by > 0 ? (at >= cut ? place + by : place) : at <= cut ? place + by : place));
      expect(cost(moved)).toBeGreaterThanOrEqual(cost(places) - 1e-9);
    }
  }
});

test('crossings are counted as a plain look at each pair of edges says', () => {
  const next = chance(4);
  for (let round = 0; round < 100; round++) {
    const size = 1 + Math.floor(next() * 6);
    const rows = [Array.from({ length: size }, (_, at) => at), Array.from({ length: size }, (_, at) => size + at)];
    const after = Array.from({ length: 2 * size }, (_, at) => (at < size ? rows[1]!.filter(() => next() < 0.5) : []));
    const edges = rows[0]!.flatMap((from) => after[from]!.map((to) => [from, to] as const));
    const plain = edges.flatMap((one, at) => edges.slice(at + 1).filter((other) => (one[0] - other[0]) * (one[1] - other[1]) < 0)).length;
    expect(crossings(rows, after, 2 * size)).toBe(plain);
  }
});

test('ids come apart and together whatever is in a name', () => {
  for (const name of ['a b', 'a/b', '100%', '../..', 'ü<script>']) expect(partsOf(idOf('model', name))).toEqual({ kind: 'model', parts: [name] });
  expect(partsOf('dataset/%zz/1').parts).toEqual(['%zz', '1']);
  expect(pageOf(node(idOf('model-version', 'a/b', '3')))).toBe('/models/a%2Fb/versions/3');
  expect(pageOf(node('logged-model/m-1'), [{ from: 'run/r1', to: 'logged-model/m-1', kind: 'wrote' }])).toBe('/runs/r1?tab=artifacts');
  expect(pageOf(node(idOf('data', 's3://x', 'y')))).toBeNull();
  expect(pageOf(node('javascript:alert(1)/x'))).toBeNull();
});

test('what led to it and what came of it', () => {
  const edges = [['d', 'r'], ['r', 'm'], ['m', 'v'], ['r', 'm2'], ['v', 'd']].map(([from, to]) => ({ from: from!, to: to!, kind: 'read' }));
  expect(aroundOf(['m'], edges.slice(0, 4))).toEqual({ up: new Set(['r', 'd']), down: new Set(['v']) });
  expect(aroundOf(['m'], edges).up.has('m')).toBe(false);
  expect(factsOf({ ...node('model-version/x/3'), kind: 'model-version', detail: { stage: 'None', aliases: 'champion' } })).toBe('version 3 · champion');
});
