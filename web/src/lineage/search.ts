import { depthDefault, depthMax, type Direction } from './lineage';

/** What the address of a lineage says: of what, how far, which way, and how it is shown. */
export interface LineageSearch {
  of?: string | undefined;
  depth?: number | undefined;
  direction?: Exclude<Direction, 'both'> | undefined;
  view?: 'graph' | 'list' | undefined;
}

/** What makes sense of an address. */
export function lineageSearch(search: Record<string, unknown>): LineageSearch {
  const depth = Math.trunc(Number(search.depth));
  return {
    of: typeof search.of === 'string' && search.of !== '' ? search.of.slice(0, 2_000) : undefined,
    depth: depth >= 1 && depth <= depthMax && depth !== depthDefault ? depth : undefined,
    direction: search.direction === 'up' || search.direction === 'down' ? search.direction : undefined,
    view: search.view === 'graph' || search.view === 'list' ? search.view : undefined,
  };
}
