import { address, send } from './client';

/** Calls a route that openapi.json does not name yet. */
export async function call<T>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', route: string, { path, query, body, signal }: { path?: object; query?: object; body?: unknown; signal?: AbortSignal | undefined } = {}): Promise<T> {
  const init: RequestInit = { method };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  const text = await (await send(address(route, path, query), init)).text();
  return (text === '' ? {} : JSON.parse(text)) as T;
}
