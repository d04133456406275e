import { address, send } from '../api/client';

/** Asks one route of the serving API. */
export async function ask<T>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', route: string, { path, query, body, signal }: { path?: object | undefined; query?: object | undefined; body?: unknown; signal?: AbortSignal | undefined } = {}): Promise<T> {
  const init: RequestInit = { method };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  const text = await (await send(address(`/api/slipway/v1${route}`, path, query), init)).text();
  return (text === '' ? {} : JSON.parse(text)) as T;
}
