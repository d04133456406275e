import { useSyncExternalStore } from 'react';
import { ago, exact, moment, number } from './format';
import { toast } from './Toasts';

const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    listeners.forEach((one) => one());
  }, 10_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present, to ten seconds: one clock for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** A time told from now; the exact one on hover. */
export function Time({ at }: { at: number | null | undefined }) {
  const present = useNow();
  if (at === null || at === undefined || at <= 0) return <span className="muted">never</span>;
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {ago(at, Math.max(present, at))}
    </time>
  );
}

/** A number for reading; exact on hover and when it is copied by a click. */
export function Num({ value }: { value: number | string }) {
  return (
    <Copyable text={exact(value)} title={exact(value)}>
      {number(value)}
    </Copyable>
  );
}

/** Text that a click copies. */
export function Copyable({ text, title, children }: { text: string; title?: string; children?: React.ReactNode }) {
  return (
    <button type="button" className="copyable" title={title ?? 'Copy'} onClick={() => void copy(text)}>
      {children ?? text}
    </button>
  );
}

/** Puts text on the clipboard, also where the page was not loaded over HTTPS. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  toast('Copied.');
}
