import { useEffect, useRef } from 'react';
import { headers } from './client';
import { LiveFeed, type Interest, type News } from './liveFeed';

type Follow = (interest: Interest, hear: (news: News) => void) => () => void;

let follow: Follow | undefined;

/** Through the worker that all tabs share; where a browser has none, or no locks, through a stream of this tab. */
function open(): Follow {
  if (typeof SharedWorker === 'undefined' || navigator.locks === undefined) {
    const feed = new LiveFeed();
    return (interest, hear) => feed.add(interest, headers(), hear);
  }
  const worker = new SharedWorker(new URL('./live.worker.ts', import.meta.url), { type: 'module', name: 'slipway-live' });
  const heard = new Map<number, (news: News) => void>();
  let next = 0;
  const lock = `slipway-tab-${crypto.getRandomValues(new Uint32Array(4)).join('-')}`;
  // The worker hears of the lock when this tab has it: asked for before, it could be the worker's first, and the tab be taken for gone.
  void navigator.locks.request(lock, () => {
    worker.port.postMessage({ id: -1, lock });
    return new Promise(() => undefined);
  });
  worker.port.onmessage = ({ data }: MessageEvent<{ id: number; news: News }>) => heard.get(data.id)?.(data.news);
  return (interest, hear) => {
    const id = next++;
    heard.set(id, hear);
    worker.port.postMessage({ id, interest, headers: headers() });
    return () => {
      heard.delete(id);
      worker.port.postMessage({ id });
    };
  };
}

/**
 * Hears of changes while the component is shown. News that come in one go are told once, at most four times a second: who hears asks anew.
 * @param interest What to follow; compared by its content. Null follows nothing.
 * @param hear Told the kinds of news since the last time.
 */
export function useLive(interest: Interest | null, hear: (news: readonly News[]) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  const key = interest === null ? '' : JSON.stringify(interest);
  useEffect(() => {
    if (key === '') return;
    let waiting: News[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    let told = 0;
    const end = (follow ??= open())(JSON.parse(key) as Interest, (news) => {
      waiting.push(news);
      timer ??= setTimeout(
        () => {
          timer = undefined;
          told = performance.now();
          const all = waiting;
          waiting = [];
          latest.current(all);
        },
        Math.max(0, told + 250 - performance.now()),
      );
    });
    return () => {
      clearTimeout(timer);
      end();
    };
  }, [key]);
}
