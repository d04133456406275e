import { Markdown } from '../ui/Markdown';
import { Loading } from '../ui/States';
import { PageOrText } from './PageOrText';
import type { Shown } from './Preview';
import { StoredText } from './StoredText';
import { useWhole } from './useWhole';

const bytesMax = 2_000_000;

/** Markdown as it is meant to look. */
export function StoredMarkdown(file: Shown) {
  const { piece, large } = useWhole(file, bytesMax);
  if (large) return <StoredText {...file} />;
  return piece ? <PageOrText file={file} page={<Markdown text={new TextDecoder().decode(piece.bytes)} />} /> : <Loading lines={8} />;
}
