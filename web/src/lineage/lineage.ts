import { queryOptions } from '@tanstack/react-query';
import { call } from '../api/untyped';

/** One thing of a lineage. */
export interface LineageNode {
  id: string;
  kind: string;
  name: string;
  /** Steps from what was asked about. */
  distance: number;
  at_ms?: number | undefined;
  detail?: Record<string, string | number | boolean | null> | undefined;
}

/** From cause to effect. */
export interface LineageEdge {
  from: string;
  to: string;
  kind: string;
}

export interface Lineage {
  of: string;
  nodes: LineageNode[];
  edges: LineageEdge[];
  /** How many things are not for the caller's eyes. */
  hidden: number;
  /** There is more than one answer holds. */
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
      const found = await call<Partial<Lineage>>('GET', '/api/slipway/v1/lineage', { query: { of, depth, direction }, signal });
      return { of: found.of ?? of, nodes: found.nodes ?? [], edges: found.edges ?? [], hidden: found.hidden ?? 0, truncated: found.truncated ?? false };
    },
    enabled: of !== '',
    placeholderData: (before) => before,
  });
}
