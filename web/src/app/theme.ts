import { useSyncExternalStore } from 'react';

const key = 'slipway.theme';
const dark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

dark.addEventListener('change', () => listeners.forEach((one) => one()));

function current(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : dark.matches ? 'dark' : 'light';
}

/** What is shown; charts are drawn anew when it changes. */
export function useTheme(): 'light' | 'dark' {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}

/** Changes between light and dark, and remembers it. */
export function flipTheme(): void {
  const next = current() === 'dark' ? 'light' : 'dark';
  document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(key, next);
  } catch {
    // Storage is switched off: it holds until the page is loaded anew.
  }
  listeners.forEach((one) => one());
}
