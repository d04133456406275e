/// <reference lib="webworker" />
import { LiveFeed, type Interest } from './liveFeed';

// Shared between the tabs of one browser: HTTP/1.1 allows six connections to a host, and ten open tabs must still work.
declare const self: SharedWorkerGlobalScope;

const feed = new LiveFeed();

self.onconnect = (event) => {
  const port = event.ports[0]!;
  const followed = new Map<number, () => void>();
  port.onmessage = ({ data }: MessageEvent<{ id: number; interest?: Interest; headers?: Record<string, string>; lock?: string }>) => {
    if (data.lock !== undefined) {
      // The tab holds this lock as long as it lives: when it is ours, the tab is gone.
      void navigator.locks.request(data.lock, () => followed.forEach((end) => end()));
    } else if (data.interest) {
      followed.set(
        data.id,
        feed.add(data.interest, data.headers ?? {}, (news) => port.postMessage({ id: data.id, news })),
      );
    } else {
      followed.get(data.id)?.();
      followed.delete(data.id);
    }
  };
};
