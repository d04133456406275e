import { afterEach, expect, test, vi } from 'vitest';
import { fileUrl, readPiece } from './files';
import { kindOf, looksLikeText, typeOf } from './kinds';

afterEach(() => {
  vi.unstubAllGlobals();
  localStorage.clear();
});

test('whatever a file is called, its address holds its name and nothing else', () => {
  for (const name of ['a b', 'a&sandbox=1', 'größe/ß.png', '<img src=x>', 'a#b', '100%', 'x?y=1', 'images/k%step%1%timestamp%17.png']) {
    const address = new URL(fileUrl('r', name), 'http://host');
    expect([...address.searchParams]).toEqual([['run_id', 'r'], ['path', name]]);
    expect(address.pathname + address.hash).toBe('/get-artifact');
  }
  localStorage.setItem('slipway.workspace', 'team');
  expect(fileUrl('r', 'a')).toContain('workspace=team');
});

test('a piece says where it lies and how large the whole is; nothing is behind the end', async () => {
  const fetch = vi.fn(async (_: string, init: RequestInit) => {
    const range = (init.headers as Record<string, string>).Range;
    if (range === 'bytes=100-109') return new Response('{"error_code":"INVALID_PARAMETER_VALUE","message":"The artifact \'a\' has 20 bytes: the range lies outside."}', { status: 416 });
    return new Response('0123456789', { status: 206, headers: { 'Content-Range': 'bytes 10-19/20' } });
  });
  vi.stubGlobal('fetch', fetch);
  expect(await readPiece('r', 'a', 10, 10)).toMatchObject({ from: 10, total: 20 });
  expect(await readPiece('r', 'a', -10, 10)).toMatchObject({ from: 10, total: 20 });
  expect((fetch.mock.calls[1]![1].headers as Record<string, string>).Range).toBe('bytes=-10');
  expect(await readPiece('r', 'a', 100, 10)).toMatchObject({ total: 20, bytes: new Uint8Array(0) });
});

test('files are told apart by their endings, else by their bytes', () => {
  expect(['a.PNG', 'x/MLmodel', 'a.tar.gz', 'Dockerfile', '.gitignore', 'a.ipynb', 'noending'].map(kindOf)).toEqual(['image', 'mlmodel', null, 'text', 'text', 'notebook', null]);
  expect(['a.jpg', 'a.svg', 'a.mp3', 'a.html'].map(typeOf)).toEqual(['image/jpeg', 'image/svg+xml', 'audio/mpeg', 'application/octet-stream']);
  expect(looksLikeText(new TextEncoder().encode('größe 🚀').subarray(0, 9))).toBe(true);
  expect(looksLikeText(Uint8Array.from([1, 0, 2]))).toBe(false);
  expect(looksLikeText(Uint8Array.from([0xff, 0xfe, 0x41, 0x41, 0x41, 0x41]))).toBe(false);
});
