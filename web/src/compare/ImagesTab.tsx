import type { TabProps } from './tab';

export function ImagesTab(_: TabProps) {
  return null;
}
