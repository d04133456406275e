import { useState } from 'react';

/** Metrics that this browser shows first for an experiment's runs. */
export function usePins(experiment: string): [ReadonlySet<string>, (key: string) => void] {
  const place = `slipway.pins.${experiment}`;
  const [pins, setPins] = useState<ReadonlySet<string>>(() => new Set(stored(place)));
  return [
    pins,
    (key) => {
      const next = new Set(pins);
      if (!next.delete(key)) next.add(key);
      setPins(next);
      try {
        localStorage.setItem(place, JSON.stringify([...next]));
      } catch {
        // Storage is switched off: they hold until the page is loaded anew.
      }
    },
  ];
}

function stored(place: string): string[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    return Array.isArray(read) ? read.filter((one) => typeof one === 'string') : [];
  } catch {
    return [];
  }
}
