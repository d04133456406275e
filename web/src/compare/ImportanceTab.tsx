import type { TabProps } from './tab';

export function ImportanceTab(_: TabProps) {
  return null;
}
