import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { send } from '../api/client';
import { Failed } from '../ui/States';
import { fileUrl } from './files';
import { typeOf } from './kinds';
import './stored-image.css';

/**
 * A picture of a run. The server sends files as downloads of no guessed type, so its bytes become a picture here: in an img element, where also an SVG
 * runs nothing and loads nothing.
 */
export function StoredImage({ run, path, alt }: { run: string; path: string; alt: string }) {
  const file = useQuery({
    queryKey: ['artifacts', run, 'image', path],
    queryFn: async ({ signal }) => new Blob([await (await send(fileUrl(run, path), { signal })).arrayBuffer()], { type: typeOf(path) }),
    structuralSharing: false,
    staleTime: 300_000,
    placeholderData: (before) => before,
  });
  const [url, setUrl] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!file.data) return;
    const made = URL.createObjectURL(file.data);
    setUrl(made);
    setBroken(false);
    return () => URL.revokeObjectURL(made);
  }, [file.data]);
  if (file.error && !file.data) return <Failed problem={file.error} retry={() => void file.refetch()} />;
  if (broken) return <p className="muted">The browser cannot draw this picture.</p>;
  return url === null ? <div className="skeleton stored-image-none" role="status" aria-label="Loading" /> : <img className="stored-image" src={url} alt={alt} onError={() => setBroken(true)} />;
}
