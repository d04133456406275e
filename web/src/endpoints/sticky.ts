import type { Sticky } from './wire';

export type StickyKind = '' | 'header' | 'column' | 'json';

/** What a sticky key is taken from, as a form has it. */
export function stickyParts(of: Sticky | null | undefined): { kind: StickyKind; value: string } {
  if (of?.header) return { kind: 'header', value: of.header };
  if (of?.column) return { kind: 'column', value: of.column };
  if (of?.json) return { kind: 'json', value: of.json };
  return { kind: '', value: '' };
}

/** What is sent: an empty record where no key is wanted. */
export function stickyOf(kind: StickyKind, value: string): Sticky {
  return kind === '' ? {} : { [kind]: value.trim() };
}
