import { useMemo } from 'react';
import { Time } from '../ui/Value';
import type { Lineage, LineageNode } from './lineage';
import { FromHere, KindLine, NodeLink } from './LineageNodeCard';
import { aroundOf, edgeWords, factsOf, rootsOf } from './nodes';

/** The same as lists: what it was made from, the nearest first, and what came of it. */
export function LineageList({ of }: { of: Lineage }) {
  const { root, up, down, beside } = useMemo(() => {
    const roots = rootsOf(of);
    const around = aroundOf(roots, of.edges);
    const sorted = [...of.nodes].sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name, 'en', { numeric: true }));
    return {
      root: sorted.filter((node) => roots.includes(node.id)),
      up: sorted.filter((node) => around.up.has(node.id)),
      down: sorted.filter((node) => around.down.has(node.id) && !around.up.has(node.id)),
      beside: sorted.filter((node) => !roots.includes(node.id) && !around.up.has(node.id) && !around.down.has(node.id)),
    };
  }, [of]);
  const names = useMemo(() => new Map(of.nodes.map((node) => [node.id, node.name])), [of.nodes]);
  return (
    <div className="lineage-lists">
      <Group title="Made from" none="Nothing is known of what it was made from." nodes={up} of={of} names={names} />
      {root.length > 0 && <Group title="This" nodes={root} of={of} names={names} />}
      <Group title="Came of it" none="Nothing is known to have come of it." nodes={down} of={of} names={names} />
      {beside.length > 0 && <Group title="Beside it" nodes={beside} of={of} names={names} />}
    </div>
  );
}

interface GroupProps {
  title: string;
  none?: string;
  nodes: readonly LineageNode[];
  of: Lineage;
  names: ReadonlyMap<string, string>;
}

function Group({ title, none, nodes, of, names }: GroupProps) {
  return (
    <section className="card stack" aria-label={title}>
      <h2>{title}</h2>
      {nodes.length === 0 && <p className="muted">{none}</p>}
      <ul role="list" className="lineage-rows">
        {nodes.map((node) => (
          <li key={node.id}>
            <div className="lineage-top">
              <KindLine of={node} />
              {node.id !== of.of && <FromHere of={node} />}
            </div>
            <NodeLink of={node} edges={of.edges} current={node.id === of.of} />
            <span className="muted">
              {factsOf(node)}
              {node.at_ms ? (
                <>
                  {factsOf(node) && ' · '}
                  <Time at={node.at_ms} />
                </>
              ) : null}
            </span>
            <span className="muted lineage-links">{linksOf(node, of, names)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What leads out of a node, in words. */
function linksOf(node: LineageNode, of: Lineage, names: ReadonlyMap<string, string>): string {
  const out = of.edges.filter((edge) => edge.from === node.id);
  const shown = out.slice(0, 5).map((edge) => `${edgeWords[edge.kind] ?? edge.kind} ${names.get(edge.to) ?? edge.to}`);
  return out.length > shown.length ? `${shown.join(', ')} and ${out.length - shown.length} more` : shown.join(', ');
}
