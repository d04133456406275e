import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';

/** One thing of a lineage; `distance` counts the steps from what was asked about. */
export type LineageNode = Wire['LineageNode'] & { id: string; kind: string; name: string; distance: number };

/** From cause to effect. */
export type LineageEdge = Required<Wire['LineageEdge']>;

/** `hidden` counts what is not for the caller's eyes; `truncated` says that there is more than one answer holds. */
export interface Lineage {
  of: string;
  nodes: LineageNode[];
  edges: LineageEdge[];
  hidden: number;
  truncated: boolean;
}

export type Direction = 'up' | 'down' | 'both';

export const depthDefault = 5;
export const depthMax = 20;

/** What led to something, and what came of it. */
export function lineageQuery(of: string, depth: number, direction: Direction) {
  return queryOptions({
    queryKey: ['lineage', of, depth, direction],
    queryFn: async ({ signal }): Promise<Lineage> => {
      const found = await get('/api/slipway/v1/lineage', { query: { of, depth, direction }, signal });
      return { of: found.of ?? of, nodes: (found.nodes ?? []) as LineageNode[], edges: (found.edges ?? []) as LineageEdge[], hidden: found.hidden ?? 0, truncated: found.truncated ?? false };
    },
    enabled: of !== '',
    placeholderData: (before) => before,
  });
}
