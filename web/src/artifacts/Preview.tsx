import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, type ReactNode } from 'react';
import { bytes } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Failed, Loading } from '../ui/States';
import { Button } from '../ui/Button';
import { copy } from '../ui/Value';
import { baseName, fileUrl, pieceQuery, type Piece } from './files';
import { HexView } from './HexView';
import { kindOf, looksLikeText, type Kind } from './kinds';
import { StoredImage } from './StoredImage';
import { StoredText } from './StoredText';

/** Enough of a file to know what it is, and to show small ones at once. */
export const headBytes = 256 * 1024;

/** What a preview is given. */
export interface Shown {
  run: string;
  path: string;
  head: Piece;
}

// Each is loaded when the first such file is looked at.
const StoredTable = lazy(async () => ({ default: (await import('./StoredTable')).StoredTable }));
const StoredJson = lazy(async () => ({ default: (await import('./StoredJson')).StoredJson }));
const StoredMarkdown = lazy(async () => ({ default: (await import('./StoredMarkdown')).StoredMarkdown }));
const StoredNotebook = lazy(async () => ({ default: (await import('./StoredNotebook')).StoredNotebook }));
const StoredParquet = lazy(async () => ({ default: (await import('./StoredParquet')).StoredParquet }));
const StoredHtml = lazy(async () => ({ default: (await import('./StoredHtml')).StoredHtml }));
const StoredOnnx = lazy(async () => ({ default: (await import('./StoredOnnx')).StoredOnnx }));
const StoredModel = lazy(async () => ({ default: (await import('./StoredModel')).StoredModel }));
const StoredMedia = lazy(async () => ({ default: (await import('./StoredMedia')).StoredMedia }));
const StoredDiff = lazy(async () => ({ default: (await import('./StoredDiff')).StoredDiff }));

const previews: Partial<Record<Kind, (file: Shown) => ReactNode>> = {
  image: ({ run, path }) => <StoredImage run={run} path={path} alt={baseName(path)} />,
  text: (file) => <StoredText {...file} />,
  markdown: (file) => <StoredMarkdown {...file} />,
  json: (file) => <StoredJson {...file} />,
  table: (file) => <StoredTable {...file} />,
  parquet: (file) => <StoredParquet {...file} />,
  notebook: (file) => <StoredNotebook {...file} />,
  html: (file) => <StoredHtml {...file} />,
  onnx: (file) => <StoredOnnx {...file} />,
  mlmodel: (file) => <StoredModel {...file} />,
  audio: (file) => <StoredMedia {...file} video={false} />,
  video: (file) => <StoredMedia {...file} video />,
  diff: (file) => <StoredDiff {...file} />,
};

/** A file, shown as what it is. */
export function Preview({ run, path }: { run: string; path: string }) {
  const head = useQuery(pieceQuery(run, path, 0, headBytes));
  return (
    <article className="preview card">
      <header className="preview-head">
        <div>
          <h2 title={path}>{baseName(path)}</h2>
          <span className="muted">
            {path.includes('/') && `${path.slice(0, path.lastIndexOf('/'))} · `}
            {head.data ? bytes(head.data.total) : ''}
          </span>
        </div>
        <div className="row">
          <Button onClick={() => void copy(path)}>
            <Icon name="copy" /> Copy path
          </Button>
          <a className="button" href={fileUrl(run, path)} download={baseName(path)}>
            <Icon name="download" /> Download
          </a>
        </div>
      </header>
      {head.data ? (
        <Suspense fallback={<Loading lines={8} />}>
          <Body run={run} path={path} head={head.data} />
        </Suspense>
      ) : head.error ? (
        <Failed problem={head.error} retry={() => void head.refetch()} />
      ) : (
        <Loading lines={8} />
      )}
    </article>
  );
}

function Body(file: Shown) {
  if (file.head.total === 0) return <p className="muted">The file is empty.</p>;
  const kind = kindOf(file.path) ?? (looksLikeText(file.head.bytes) ? 'text' : 'binary');
  const draw = previews[kind];
  return draw ? draw(file) : <HexView head={file.head} pickle={kind === 'pickle'} />;
}
