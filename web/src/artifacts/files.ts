import { queryOptions, type QueryClient } from '@tanstack/react-query';
import { address, get, Problem, send, workspace } from '../api/client';

/** A file or folder of a run. */
export interface Entry {
  path: string;
  isFolder: boolean;
  size: number | null;
}

/** Where a file of a run is sent from; what the browser loads by itself says the workspace in the address. */
export function fileUrl(run: string, path: string, more: Record<string, string> = {}): string {
  return address('/get-artifact', undefined, { run_id: run, path, workspace: workspace(), ...more });
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A piece of a file. */
export interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  from: number;
  /** The size of the whole file. */
  total: number;
}

/** Reads bytes of a file; a negative start counts from its end. Less comes where the file ends. */
export async function readPiece(run: string, path: string, from: number, count: number, signal?: AbortSignal): Promise<Piece> {
  const range = from < 0 ? `bytes=-${Math.min(-from, count)}` : `bytes=${from}-${from + count - 1}`;
  try {
    const response = await send(fileUrl(run, path), { headers: { Range: range }, ...(signal ? { signal } : {}) });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const said = /bytes (\d+)-\d+\/(\d+)/.exec(response.headers.get('Content-Range') ?? '');
    return said ? { bytes, from: Number(said[1]), total: Number(said[2]) } : { bytes, from: 0, total: bytes.length };
  } catch (problem) {
    // A range behind the end, or of an empty file: nothing is there.
    if (problem instanceof Problem && problem.status === 416) return { bytes: new Uint8Array(0), from: Math.max(0, from), total: Number(/has (\d+) bytes/.exec(problem.message)?.[1] ?? 0) };
    throw problem;
  }
}

/** A piece of a file, kept for a while. */
export function pieceQuery(run: string, path: string, from: number, count: number) {
  return queryOptions({ queryKey: ['artifacts', run, 'piece', path, from, count], queryFn: ({ signal }) => readPiece(run, path, from, count, signal), structuralSharing: false, staleTime: 30_000 });
}

function pageQuery(run: string, folder: string, token: string | undefined) {
  return queryOptions({
    queryKey: ['artifacts', run, 'page', folder, token],
    queryFn: async ({ signal }) => {
      const page = await get('/api/2.0/mlflow/artifacts/list', { query: { run_id: run, path: folder, page_token: token }, signal });
      return { files: (page.files ?? []).map((file): Entry => ({ path: file.path ?? '', isFolder: file.is_dir ?? false, size: file.file_size ?? null })), next: page.next_page_token };
    },
  });
}

/** The first pages of a folder, each of up to 10,000 names. */
export function folderQuery(queries: QueryClient, run: string, folder: string, pages: number) {
  return queryOptions({
    queryKey: ['artifacts', run, 'folder', folder, pages],
    queryFn: async () => {
      const files: Entry[] = [];
      let token: string | undefined;
      for (let page = 0; page < pages; page++) {
        const answer = await queries.fetchQuery(pageQuery(run, folder, token));
        files.push(...answer.files);
        token = answer.next;
        if (token === undefined) break;
      }
      return { files, more: token !== undefined };
    },
    placeholderData: () => queries.getQueryData<{ files: Entry[]; more: boolean }>(['artifacts', run, 'folder', folder, pages - 1]),
  });
}

/** The names in a folder of which some are looked for; a folder that is not there holds none. */
export function namesQuery(run: string, folder: string) {
  return queryOptions({ ...pageQuery(run, folder, undefined), select: (page: { files: Entry[] }) => new Set(page.files.map((file) => baseName(file.path))) });
}
