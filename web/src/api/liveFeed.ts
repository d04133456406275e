import { EventReader, type StreamEvent } from './sse';

/** What a page wants to hear of. */
export interface Interest {
  experiments?: readonly string[];
  runs?: readonly string[];
  installation?: boolean;
}

/** News of one root; what exactly changed is asked for anew. */
export type News = { type: string; data: string } | { type: 'reconnected'; data: '' };

const begun: News = { type: 'reconnected', data: '' };

/** Roots that one stream follows; the server refuses more. */
const rootsMax = 200;

/**
 * One stream to the server for any number of listeners. It follows the union of what they want, is opened anew when that changes, and comes back with a
 * growing pause when it breaks. Whenever it begins it says so: what changed between a page's question and then was told to nobody, so the page asks anew.
 */
export class LiveFeed {
  private readonly listeners = new Map<number, { interest: Interest; hear: (news: News) => void }>();
  private next = 0;
  private fresh: ((news: News) => void)[] = [];
  private query = '';
  private stop: AbortController | undefined;
  private settle: ReturnType<typeof setTimeout> | undefined;
  private headers: Record<string, string> = {};

  /** Follows an interest; the answer ends it. */
  add(interest: Interest, headers: Record<string, string>, hear: (news: News) => void): () => void {
    const id = this.next++;
    this.headers = headers;
    this.listeners.set(id, { interest, hear });
    this.fresh.push(hear);
    this.change();
    return () => {
      this.listeners.delete(id);
      this.change();
    };
  }

  // Pages come and go in one moment: what they want is gathered before the stream is opened anew.
  private change(): void {
    clearTimeout(this.settle);
    this.settle = setTimeout(() => {
      const query = this.union();
      const fresh = this.fresh;
      this.fresh = [];
      if (query === this.query) {
        fresh.forEach((hear) => hear(begun));
        return;
      }
      this.query = query;
      this.stop?.abort();
      this.stop = undefined;
      if (query !== '') {
        this.stop = new AbortController();
        void this.follow(query, this.stop.signal);
      }
    }, 50);
  }

  private union(): string {
    const experiments = new Set<string>();
    const runs = new Set<string>();
    let installation = false;
    for (const { interest } of this.listeners.values()) {
      interest.experiments?.forEach((id) => experiments.add(id));
      interest.runs?.forEach((id) => runs.add(id));
      installation ||= interest.installation ?? false;
    }
    const search = new URLSearchParams();
    const few = [...experiments].sort().slice(0, rootsMax);
    if (few.length > 0) search.set('experiments', few.join(','));
    const some = [...runs].sort().slice(0, rootsMax - few.length);
    if (some.length > 0) search.set('runs', some.join(','));
    if (installation) search.set('installation', 'true');
    return search.toString();
  }

  private async follow(query: string, signal: AbortSignal): Promise<void> {
    let pause = 500;
    let lastId: string | undefined;
    while (!signal.aborted) {
      try {
        const headers: Record<string, string> = { ...this.headers, Accept: 'text/event-stream' };
        if (lastId !== undefined) headers['Last-Event-ID'] = lastId;
        const response = await fetch(`/api/slipway/v1/stream?${query}`, { signal, headers, credentials: 'same-origin' });
        // Signed out, forbidden or gone: the page's own queries say so.
        if (response.status >= 400 && response.status < 500) return;
        if (response.ok && response.body) {
          pause = 500;
          const reader = new EventReader();
          const text = response.body.pipeThrough(new TextDecoderStream()).getReader();
          for (;;) {
            const { done, value } = await text.read();
            if (done) break;
            for (const event of reader.read(value)) {
              lastId = event.id;
              // The server's first word: it has begun to listen for us.
              this.tell(event.type === 'hello' ? begun : event);
            }
          }
        }
      } catch {
        if (signal.aborted) return;
      }
      await new Promise((again) => setTimeout(again, pause * (0.75 + Math.random() / 2)));
      pause = Math.min(pause * 2, 15_000);
    }
  }

  private tell(event: StreamEvent | News): void {
    const news: News = { type: event.type, data: event.data };
    for (const { hear } of this.listeners.values()) hear(news);
  }
}
