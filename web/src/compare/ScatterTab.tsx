import type { TabProps } from './tab';

export function ScatterTab(_: TabProps) {
  return null;
}
