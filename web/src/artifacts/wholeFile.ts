import { queryOptions } from '@tanstack/react-query';
import { Problem, send } from '../api/client';
import { fileUrl } from './files';

/** A run's file as bytes; null when it has none. What is larger than the limit is refused rather than cut: half a file lies. */
export async function readFile(run: string, path: string, bytesMax: number, signal: AbortSignal): Promise<ArrayBuffer | null> {
  try {
    const response = await send(fileUrl(run, path), { signal });
    if (Number(response.headers.get('Content-Length') ?? 0) > bytesMax) throw tooLarge(path, bytesMax);
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > bytesMax) throw tooLarge(path, bytesMax);
    return bytes;
  } catch (fault) {
    if (fault instanceof Problem && fault.status === 404) return null;
    throw fault;
  }
}

/** A run's file as text; null when it has none. */
export function fileText(run: string, path: string, bytesMax: number) {
  return queryOptions({
    queryKey: ['artifacts', run, 'text', path],
    staleTime: 60_000,
    queryFn: async ({ signal }): Promise<string | null> => {
      const bytes = await readFile(run, path, bytesMax, signal);
      return bytes === null ? null : new TextDecoder().decode(bytes);
    },
  });
}

function tooLarge(path: string, bytesMax: number): Error {
  return new Error(`'${path}' is larger than the ${Math.round(bytesMax / 1e6)} MB that this page reads. Download it from the run.`);
}
