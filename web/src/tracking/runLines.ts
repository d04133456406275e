import type { RunGroup } from './runGroups';
import type { RunOrder } from './runOrder';

/** One line of a table: a run, or the head of a group. */
export type Line = { kind: 'run'; id: string } | { kind: 'group'; group: RunGroup; open: boolean };

/** What stands in a table from top to bottom; lines are made when they are looked at. */
export interface Lines {
  readonly count: number;
  /** A name of this content: the same name, the same lines. */
  at(line: number): Line;
}

/** Every run a line. */
export function plainLines(order: RunOrder): Lines {
  return { count: order.count, at: (line) => ({ kind: 'run', id: order.id(line) }) };
}

/** Heads of groups, the runs of open ones under them. */
export function groupedLines(groups: readonly RunGroup[], open: ReadonlySet<string>): Lines {
  const starts: number[] = [];
  let count = 0;
  for (const group of groups) {
    starts.push(count);
    count += 1 + (open.has(group.name) ? group.ids.length : 0);
  }
  return {
    count,
    at: (line) => {
      let low = 0;
      let high = starts.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= line) low = middle;
        else high = middle - 1;
      }
      const group = groups[low]!;
      const within = line - starts[low]!;
      return within === 0 ? { kind: 'group', group, open: open.has(group.name) } : { kind: 'run', id: group.ids[within - 1]! };
    },
  };
}
