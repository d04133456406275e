import type { TabProps } from './tab';

export function ContourTab(_: TabProps) {
  return null;
}
