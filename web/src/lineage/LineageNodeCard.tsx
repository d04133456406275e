import { Link } from '@tanstack/react-router';
import { Icon } from '../ui/Icon';
import type { LineageEdge, LineageNode } from './lineage';
import { factsOf, kindOf, pageOf } from './nodes';

/** What a node is, in one line above its name. */
export function KindLine({ of }: { of: LineageNode }) {
  const kind = kindOf(of.kind);
  return (
    <span className="lineage-kind">
      <Icon name={kind.icon} size={14} /> {kind.word}
      {kind.external && <span className="pill">elsewhere</span>}
    </span>
  );
}

/** A node's name: leads to its page, or, where it has none, to its own lineage. */
export function NodeLink({ of, edges, current }: { of: LineageNode; edges: readonly LineageEdge[]; current: boolean }) {
  const page = pageOf(of, edges);
  const facts = factsOf(of);
  const title = [of.name, facts].filter(Boolean).join('\n');
  if (page !== null)
    return (
      <Link to={page} className="lineage-name" title={title}>
        {of.name}
      </Link>
    );
  if (current)
    return (
      <strong className="lineage-name" title={title} tabIndex={0}>
        {of.name}
      </strong>
    );
  return (
    <Link to="/lineage" search={(before: object) => ({ ...before, of: of.id })} className="lineage-name" title={title}>
      {of.name}
    </Link>
  );
}

/** Puts this node into the middle. */
export function FromHere({ of }: { of: LineageNode }) {
  return (
    <Link to="/lineage" search={(before: object) => ({ ...before, of: of.id })} className="lineage-from" aria-label={`Lineage of ${of.name}`} title="Its own lineage">
      <Icon name="lineage" size={14} />
    </Link>
  );
}
