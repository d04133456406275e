import type { TabProps } from './tab';

export function ParallelTab(_: TabProps) {
  return null;
}
