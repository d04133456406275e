import { Failed, Loading } from '../ui/States';
import { DiffView } from './DiffView';
import type { Shown } from './Preview';
import { StoredText } from './StoredText';
import { useWhole } from './useWhole';

const bytesMax = 8_000_000;

/** A difference of git, coloured. */
export function StoredDiff(file: Shown) {
  const { piece, large, problem } = useWhole(file, bytesMax);
  if (large) return <StoredText {...file} />;
  if (problem) return <Failed problem={problem} />;
  return piece ? <DiffView text={new TextDecoder().decode(piece.bytes)} /> : <Loading lines={8} />;
}
