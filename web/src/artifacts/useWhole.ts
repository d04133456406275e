import { useQuery } from '@tanstack/react-query';
import { pieceQuery, type Piece } from './files';
import type { Shown } from './Preview';

/** All of a file that is not too large for it: null while it comes, `large` when it does not. */
export function useWhole({ run, path, head }: Shown, bytesMax: number): { piece: Piece | null; large: boolean; problem: unknown } {
  const large = head.total > bytesMax;
  const whole = useQuery({ ...pieceQuery(run, path, 0, head.total), enabled: !large && head.bytes.length < head.total });
  return { piece: head.bytes.length >= head.total ? head : (whole.data ?? null), large, problem: whole.error };
}
