import type { components, paths } from './schema';

/** The wire records of the server, by name. */
export type Wire = components['schemas'];

/** Why a request failed, in the server's own words. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Whatever else the answer says: which checks did not pass, what somebody else wrote meanwhile. */
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = 'Problem';
  }

  /** Nobody is signed in: the session ended, or there never was one. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }

  /** The server cannot be reached at all. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsOf<M extends Method> = { [P in keyof paths]: paths[P] extends { [K in M]: object } ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends { [K in M]: infer O } ? O : never;
type Body<O> = O extends { requestBody?: { content: { 'application/json': infer B } } } ? B : never;
type Query<O> = O extends { parameters: { query?: infer Q } } ? Q : never;
type InPath<O> = O extends { parameters: { path: infer Q } } ? Q : never;
type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : unknown;

/** Where the request goes beside its path. */
export interface Ask<O> {
  path?: InPath<O>;
  query?: Query<O>;
  body?: Body<O>;
  signal?: AbortSignal | undefined;
}

const workspaceKey = 'slipway.workspace';

/** The workspace of this browser's pages; null for the default one. */
export function workspace(): string | null {
  try {
    return localStorage.getItem(workspaceKey);
  } catch {
    return null;
  }
}

/** Chooses it, and begins anew: nothing of the old one stays on a page. */
export function chooseWorkspace(name: string | null): void {
  if (name === null) localStorage.removeItem(workspaceKey);
  else localStorage.setItem(workspaceKey, name);
  location.assign('/');
}

/** The headers that every request carries. */
export function headers(): Record<string, string> {
  const name = workspace();
  // Named, a request of a page is refused without the browser's own window for a password.
  const own = { 'X-Requested-With': 'XMLHttpRequest' };
  return name === null ? own : { ...own, 'X-MLFLOW-WORKSPACE': name };
}

/** The address of a route with its path and query filled in; values are encoded, absent ones left out. */
export function address(route: string, path?: object, query?: object): string {
  const values = (path ?? {}) as Record<string, unknown>;
  const filled = route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values[name] ?? '')));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value)) value.forEach((one) => search.append(name, String(one)));
    else search.append(name, String(value));
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

/** Sends a request; a failure is thrown as a {@link Problem}. */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: 'same-origin', headers: { ...headers(), ...(init.headers as Record<string, string> | undefined) } });
  } catch (fault) {
    if (fault instanceof DOMException && fault.name === 'AbortError') throw fault;
    throw new Problem(0, 'UNREACHABLE', 'The server cannot be reached. Is it running, and is this machine online?');
  }
  if (response.ok) return response;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string };
    return new Problem(response.status, body.error_code ?? '', body.message ?? response.statusText, body);
  } catch {
    return new Problem(response.status, '', text.slice(0, 500) || `The server answered ${response.status}.`);
  }
}

async function call(method: Method, route: string, ask: Ask<unknown> & { body?: unknown }): Promise<unknown> {
  const init: RequestInit = { method: method.toUpperCase() };
  if (ask.signal) init.signal = ask.signal;
  if (ask.body !== undefined) {
    init.body = JSON.stringify(ask.body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  const response = await send(address(route, ask.path as object | undefined, ask.query as object | undefined), init);
  const text = await response.text();
  return text === '' ? {} : JSON.parse(text);
}

/** Reads from a route of the API; names, parameters and answer are those of openapi.json. */
export function get<P extends PathsOf<'get'>>(route: P, ask: Ask<Operation<P, 'get'>> = {}): Promise<Answer<Operation<P, 'get'>>> {
  return call('get', route, ask as Ask<unknown>) as Promise<Answer<Operation<P, 'get'>>>;
}

/** Posts to a route of the API. */
export function post<P extends PathsOf<'post'>>(route: P, body: Body<Operation<P, 'post'>>, ask: Ask<Operation<P, 'post'>> = {}): Promise<Answer<Operation<P, 'post'>>> {
  return call('post', route, { ...ask, body } as Ask<unknown>) as Promise<Answer<Operation<P, 'post'>>>;
}

/** Puts to a route of the API. */
export function put<P extends PathsOf<'put'>>(route: P, body: Body<Operation<P, 'put'>>, ask: Ask<Operation<P, 'put'>> = {}): Promise<Answer<Operation<P, 'put'>>> {
  return call('put', route, { ...ask, body } as Ask<unknown>) as Promise<Answer<Operation<P, 'put'>>>;
}

/** Changes part of something. */
export function patch<P extends PathsOf<'patch'>>(route: P, body: Body<Operation<P, 'patch'>>, ask: Ask<Operation<P, 'patch'>> = {}): Promise<Answer<Operation<P, 'patch'>>> {
  return call('patch', route, { ...ask, body } as Ask<unknown>) as Promise<Answer<Operation<P, 'patch'>>>;
}

/** Removes something. */
export function remove<P extends PathsOf<'delete'>>(route: P, ask: Ask<Operation<P, 'delete'>> = {}): Promise<Answer<Operation<P, 'delete'>>> {
  return call('delete', route, ask as Ask<unknown>) as Promise<Answer<Operation<P, 'delete'>>>;
}

/** Posts JSON and reads an answer that is no JSON: ids and series as bytes, a table as a file. */
export async function postForBytes<P extends PathsOf<'post'>>(route: P, body: Body<Operation<P, 'post'>>, signal?: AbortSignal): Promise<ArrayBuffer> {
  const init: RequestInit = { method: 'POST', body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } };
  if (signal) init.signal = signal;
  return (await send(route, init)).arrayBuffer();
}
