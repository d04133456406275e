import { afterEach, expect, test, vi } from 'vitest';
import { LiveFeed, type News } from './liveFeed';

afterEach(() => vi.unstubAllGlobals());

/** A server that says hello on each stream; what else it says is written to the last one. */
function server() {
  const opened: string[] = [];
  let last: ReadableStreamDefaultController<Uint8Array> | undefined;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    opened.push(url);
    const body = new ReadableStream<Uint8Array>({
      start(stream) {
        last = stream;
        stream.enqueue(new TextEncoder().encode('id: 1\nevent: hello\ndata: {}\n\n'));
        init.signal?.addEventListener('abort', () => stream.error(new Error('aborted')));
      },
    });
    return Promise.resolve(new Response(body));
  });
  return { opened, say: (text: string) => last!.enqueue(new TextEncoder().encode(text)), break: () => last!.close() };
}

test('whoever listens is told when the stream begins, when it begins again, and when it was there before', async () => {
  const { opened, say, break: cut } = server();
  const feed = new LiveFeed();
  const first: News[] = [];
  const second: News[] = [];
  feed.add({ runs: ['a'] }, {}, (news) => first.push(news));
  await vi.waitFor(() => expect(first.map((one) => one.type)).toEqual(['reconnected']));
  say('id: 2\nevent: change\ndata: {"run_id":"a"}\n\n');
  await vi.waitFor(() => expect(first.map((one) => one.type)).toEqual(['reconnected', 'change']));

  feed.add({ runs: ['a'] }, {}, (news) => second.push(news));
  await vi.waitFor(() => expect(second.map((one) => one.type)).toEqual(['reconnected']));
  expect(opened).toHaveLength(1);

  cut();
  await vi.waitFor(() => expect(first.map((one) => one.type)).toEqual(['reconnected', 'change', 'reconnected']), { timeout: 3000 });
  expect(opened).toEqual(['/api/slipway/v1/stream?runs=a', '/api/slipway/v1/stream?runs=a']);
});
