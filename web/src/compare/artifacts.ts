import { queryOptions } from '@tanstack/react-query';
import { address, get, Problem, send } from '../api/client';

/** The address of a run's file. */
export function fileAddress(run: string, path: string): string {
  return address('/get-artifact', {}, { run_id: run, path });
}

/** A run's file as text; null when it has none. What is larger than the limit is refused rather than cut: half a file lies. */
export function fileText(run: string, path: string, bytesMax: number) {
  return queryOptions({
    queryKey: ['artifact', 'text', run, path],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<string | null> => {
      const bytes = await readFile(run, path, bytesMax, signal);
      return bytes === null ? null : new TextDecoder().decode(bytes);
    },
  });
}

/** A run's file as bytes; null when it has none. */
export async function readFile(run: string, path: string, bytesMax: number, signal: AbortSignal): Promise<ArrayBuffer | null> {
  try {
    const response = await send(fileAddress(run, path), { signal });
    if (Number(response.headers.get('Content-Length') ?? 0) > bytesMax) throw tooLarge(path, bytesMax);
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > bytesMax) throw tooLarge(path, bytesMax);
    return bytes;
  } catch (fault) {
    if (fault instanceof Problem && fault.status === 404) return null;
    throw fault;
  }
}

function tooLarge(path: string, bytesMax: number): Error {
  return new Error(`'${path}' is larger than the ${Math.round(bytesMax / 1e6)} MB that this page reads. Download it from the run.`);
}

/** Everything directly in a folder of a run, all pages of it up to a limit. */
export async function listFolder(run: string, folder: string, signal: AbortSignal, pagesMax = 20): Promise<{ path: string; isFolder: boolean; size: number }[]> {
  const found: { path: string; isFolder: boolean; size: number }[] = [];
  let token: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const listed = await get('/api/2.0/mlflow/artifacts/list', { query: { run_id: run, path: folder, page_token: token }, signal });
    found.push(...(listed.files ?? []).map((file) => ({ path: file.path ?? '', isFolder: file.is_dir === true, size: Number(file.file_size ?? 0) })));
    token = listed.next_page_token || undefined;
    if (token === undefined) break;
  }
  return found;
}
