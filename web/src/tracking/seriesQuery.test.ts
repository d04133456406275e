import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, test, vi } from 'vitest';
import { seriesQuery } from './seriesQuery';

/** Answers every series with one point, whose value is the number in its key. */
function answer(keys: string[]): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(16 + keys.length * 56));
  view.setUint32(0, 0x534d5331, false);
  view.setUint32(4, keys.length, true);
  keys.forEach((key, index) => {
    const at = 16 + index * 56;
    view.setUint32(at, 1, true);
    view.setUint32(at + 4, 1, true);
    view.setFloat64(at + 24, 1, true);
    view.setFloat64(at + 40, Number(key.slice(1)), true);
  });
  return view.buffer;
}

afterEach(() => vi.unstubAllGlobals());

function server(): { asked: string[][] } {
  const asked: string[][] = [];
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    const keys = (JSON.parse(String(init.body)) as { series: { key: string }[] }).series.map(({ key }) => key);
    asked.push(keys);
    return new Response(answer(keys));
  });
  return { asked };
}

test('charts that appear together are asked for together, and each gets its own curve', async () => {
  const { asked } = server();
  const queries = new QueryClient();
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`);
  const series = await Promise.all(keys.map((key) => queries.fetchQuery(seriesQuery({ run: 'r', key, axis: 'step', buckets: 400 }))));
  expect(asked.map((one) => one.length)).toEqual([24, 6]);
  expect(series.map((one) => one.kind === 'points' && one.y[0])).toEqual(keys.map((_, i) => i));
});

test('what is scrolled away before it was asked for is not asked for, and other ranges are asked apart', async () => {
  const { asked } = server();
  const queries = new QueryClient();
  const gone = queries.fetchQuery(seriesQuery({ run: 'r', key: 'k1', axis: 'step', buckets: 400 })).catch(() => 'gone');
  void queries.cancelQueries({ queryKey: ['series', 'r', 'k1'] });
  await Promise.all([queries.fetchQuery(seriesQuery({ run: 'r', key: 'k2', axis: 'step', buckets: 400 })), queries.fetchQuery(seriesQuery({ run: 'r', key: 'k3', axis: 'step', from: 5, to: 9, buckets: 400 }))]);
  expect(await gone).toBe('gone');
  expect(asked).toEqual([['k2'], ['k3']]);
});

test('a refusal reaches every chart that asked', async () => {
  vi.stubGlobal('fetch', async () => new Response('{"error_code":"X","message":"The store is away."}', { status: 500 }));
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const outcomes = await Promise.allSettled(['k1', 'k2'].map((key) => queries.fetchQuery(seriesQuery({ run: 'r', key, axis: 'time', buckets: 400 }))));
  expect(outcomes.map((one) => one.status === 'rejected' && String(one.reason))).toEqual(['Problem: The store is away.', 'Problem: The store is away.']);
});
