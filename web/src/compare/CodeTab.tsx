import type { TabProps } from './tab';

export function CodeTab(_: TabProps) {
  return null;
}
