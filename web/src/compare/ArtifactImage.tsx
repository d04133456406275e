import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { readFile } from './artifacts';

const bytesMax = 32_000_000;

const types: Record<string, string> = { png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', gif: 'image/gif', webp: 'image/webp', svg: 'image/svg+xml', bmp: 'image/bmp' };

/** An image of a run's files. It is fetched with the page's own headers, and shown as an image only: what an SVG would do as a page it cannot do here. */
export function ArtifactImage({ run, path, alt }: { run: string; path: string; alt: string }) {
  const file = useQuery({ queryKey: ['artifact', 'bytes', run, path], queryFn: ({ signal }) => readFile(run, path, bytesMax, signal), staleTime: Infinity, gcTime: 60_000 });
  const [url, setUrl] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!file.data) return;
    const made = URL.createObjectURL(new Blob([file.data], { type: types[path.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'application/octet-stream' }));
    setUrl(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [file.data, path]);
  if (file.error) return <span className="artifact-image-none">{file.error.message}</span>;
  if (file.data === null) return <span className="artifact-image-none">The file is gone.</span>;
  if (broken) return <span className="artifact-image-none">No browser can show this file as an image.</span>;
  return url === null ? <span className="artifact-image-none skeleton" role="status" aria-label="Loading" /> : <img className="artifact-image" src={url} alt={alt} onError={() => setBroken(true)} />;
}
