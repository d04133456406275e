import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { Button } from '../ui/Button';
import { bytes, count, percent } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { parseCsv, separatorOf } from './csv';
import { pieceQuery, readPiece } from './files';
import type { Shown } from './Preview';
import { Rows } from './Rows';

const pieceBytes = 512 * 1024;
/** A row that is longer is shown as text instead. */
const rowBytesMax = 16 * 1024 * 1024;
const tailBytes = 128 * 1024;

/** Comma-separated values as a table. It is read as far as somebody looks, and from its end on request. */
export function StoredTable({ run, path, head }: Shown) {
  const separator = useMemo(() => separatorOf(path, head.bytes), [path, head]);
  const [atEnd, setAtEnd] = useState(false);
  const pages = useInfiniteQuery({
    queryKey: ['artifacts', run, 'csv', path],
    initialPageParam: 0,
    queryFn: async ({ pageParam, signal }) => {
      for (let size = pieceBytes; ; size *= 4) {
        const piece = await readPiece(run, path, pageParam, size, signal);
        const last = pageParam + piece.bytes.length >= piece.total;
        const { rows, used } = parseCsv(piece.bytes, separator, last);
        if (used > 0 || last) return { rows, next: last ? null : pageParam + used };
        if (size >= rowBytesMax) throw new Error(`A row is longer than ${bytes(rowBytesMax)}: is it a table? Download it to look at it.`);
      }
    },
    getNextPageParam: (page) => page.next,
    structuralSharing: false,
    staleTime: 60_000,
  });
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.rows) ?? [], [pages.data]);
  const tail = useQuery({ ...pieceQuery(run, path, -tailBytes, tailBytes), enabled: atEnd });
  const last = useMemo(() => {
    if (!tail.data) return null;
    const from = tail.data.bytes.indexOf(0x0a) + 1;
    return parseCsv(tail.data.bytes.subarray(tail.data.bytes.length < tail.data.total ? from : 0), separator, true).rows;
  }, [tail.data, separator]);
  if (pages.error && !pages.data) return <Failed problem={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Loading lines={8} />;
  const header = rows[0] ?? [];
  const more = pages.hasNextPage;
  const read = pages.data.pages.at(-1)!.next;
  return (
    <div className="stack">
      <div className="row preview-part">
        <span className="muted">
          {atEnd ? `The last rows of ${bytes(head.total)}; the first of them may be cut` : `${count(rows.length - 1)} rows${more ? `, ${percent((read ?? head.total) / head.total)} of the file` : ''}`}
        </span>
        {more && (
          <>
            <Button aria-pressed={!atEnd} onClick={() => setAtEnd(false)}>
              Beginning
            </Button>
            <Button aria-pressed={atEnd} onClick={() => setAtEnd(true)}>
              End
            </Button>
          </>
        )}
      </div>
      {pages.error && <Failed problem={pages.error} />}
      {atEnd ? last === null ? <Loading lines={8} /> : <Rows key="end" header={header} rows={last} label="Last rows of the table" /> : <Rows key="begin" header={header} rows={rows} skip={1} label="Table" onEnd={more && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined} />}
    </div>
  );
}
