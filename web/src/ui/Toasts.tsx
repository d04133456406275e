import { useSyncExternalStore } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';

interface Toast {
  id: number;
  text: string;
  bad: boolean;
  action?: ToastAction | undefined;
}

/** What can be done about what happened: to undo it. */
export interface ToastAction {
  label: string;
  run: () => void;
}

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Toast[]): void {
  toasts = next;
  listeners.forEach((one) => one());
}

/** Tells that something happened; gone after a few seconds, later when there is something to do about it. */
export function toast(text: string, action?: ToastAction): void {
  show(text, false, action);
}

/** Tells that something did not work; stays until it is read. */
export function toastProblem(problem: unknown): void {
  show(problem instanceof Error ? problem.message : String(problem), true);
}

function show(text: string, bad: boolean, action?: ToastAction): void {
  const id = ++last;
  change([...toasts.filter((one) => one.text !== text), { id, text, bad, action }].slice(-4));
  if (!bad) setTimeout(() => close(id), action ? 12_000 : 4000);
}

function close(id: number): void {
  change(toasts.filter((one) => one.id !== id));
}

/** Where they appear; once, in the shell. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <div key={one.id} className={one.bad ? 'toast bad' : 'toast'}>
          <span>{one.text}</span>
          {one.action && (
            <Button
              onClick={() => {
                close(one.id);
                one.action?.run();
              }}
            >
              {one.action.label}
            </Button>
          )}
          <Button look="plain" square aria-label="Close" onClick={() => close(one.id)}>
            <Icon name="close" />
          </Button>
        </div>
      ))}
    </div>
  );
}
