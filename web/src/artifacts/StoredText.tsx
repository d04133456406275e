import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from '../ui/Button';
import { bytes } from '../ui/format';
import { pieceQuery } from './files';
import type { Shown } from './Preview';
import { TextLines } from './TextLines';

const tailBytes = 64 * 1024;

/** Text: a small file whole; of a large one its beginning, as much more as is asked for, and its end. */
export function StoredText({ run, path, head }: Shown) {
  const [wanted, setWanted] = useState(head.bytes.length);
  const [end, setEnd] = useState(false);
  const more = useQuery({ ...pieceQuery(run, path, 0, wanted), enabled: wanted > head.bytes.length, placeholderData: (before) => before });
  const tail = useQuery({ ...pieceQuery(run, path, -tailBytes, tailBytes), enabled: end });
  const piece = more.data ?? head;
  const whole = piece.bytes.length >= piece.total;
  const text = useMemo(() => decoded(piece.bytes, whole), [piece, whole]);
  const last = useMemo(() => (tail.data ? decoded(tail.data.bytes, true) : null), [tail.data]);
  return (
    <div className="stack">
      {!whole && (
        <div className="row preview-part">
          <span className="muted">
            {end ? `The last ${bytes(Math.min(tailBytes, head.total))}` : `The first ${bytes(piece.bytes.length)}`} of {bytes(head.total)}
          </span>
          <Button aria-pressed={!end} onClick={() => setEnd(false)}>
            Beginning
          </Button>
          <Button aria-pressed={end} onClick={() => setEnd(true)}>
            End
          </Button>
          {!end && wanted < 64_000_000 && (
            <Button disabled={more.isFetching} onClick={() => setWanted(Math.max(wanted * 4, 1 << 20))}>
              Show more
            </Button>
          )}
        </div>
      )}
      {end && last !== null ? <TextLines key="end" text={last.slice(last.indexOf('\n') + 1)} label="End of the file" numbers={false} toEnd /> : <TextLines key="begin" text={text} label="Text of the file" />}
    </div>
  );
}

/** Text of bytes; where a piece ends within a line, that line is left to the next piece. */
export function decoded(bytesOf: Uint8Array, whole: boolean): string {
  const text = new TextDecoder().decode(bytesOf);
  const end = text.lastIndexOf('\n');
  return whole || end < 0 ? text : text.slice(0, end);
}
