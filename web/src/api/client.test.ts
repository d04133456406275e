import { afterEach, expect, test, vi } from 'vitest';
import { address, get, Problem } from './client';

afterEach(() => vi.unstubAllGlobals());

test('an address encodes what it is filled with', () => {
  expect(address('/runs/{run_id}/x', { run_id: '../a b' })).toBe('/runs/..%2Fa%20b/x');
  expect(address('/find', undefined, { q: 'a&b', none: undefined, empty: '' })).toBe('/find?q=a%26b');
  expect(address('/find', undefined, { id: [1, 2] })).toBe('/find?id=1&id=2');
});

test('a refusal is thrown in the words of the server', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"error_code":"PERMISSION_DENIED","message":"Ask the owner."}', { status: 403 })));
  const problem = await get('/api/slipway/v1/version').catch((fault: unknown) => fault);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ status: 403, code: 'PERMISSION_DENIED', message: 'Ask the owner.' });
});

test('an answer that is no JSON is shown as it is', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('<html>Bad gateway</html>', { status: 502 })));
  await expect(get('/api/slipway/v1/version')).rejects.toMatchObject({ status: 502, message: '<html>Bad gateway</html>' });
});

test('a server that is away is told from one that refuses', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(get('/api/slipway/v1/version')).rejects.toMatchObject({ isOffline: true });
});
