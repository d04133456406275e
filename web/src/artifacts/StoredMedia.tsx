import { useEffect, useState } from 'react';
import { bytes } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { baseName } from './files';
import { typeOf } from './kinds';
import type { Shown } from './Preview';
import { useWhole } from './useWhole';

/** Recordings are played from memory: the server sends no file of a run in a form that a browser plays by itself. */
const bytesMax = 200_000_000;

/** Sound or moving pictures, in the browser's own player. */
export function StoredMedia({ video, ...file }: Shown & { video: boolean }) {
  const { piece, large, problem } = useWhole(file, bytesMax);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!piece) return;
    const made = URL.createObjectURL(new Blob([piece.bytes], { type: typeOf(file.path) }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [piece, file.path]);
  if (large) return <p className="muted">A recording of {bytes(file.head.total)} is not played here. Download it.</p>;
  if (problem) return <Failed problem={problem} />;
  if (url === null) return <Loading lines={2} />;
  return video ? <video className="stored-media" controls src={url} aria-label={baseName(file.path)} /> : <audio className="stored-media" controls src={url} aria-label={baseName(file.path)} />;
}
