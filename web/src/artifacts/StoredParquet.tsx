import { useQuery } from '@tanstack/react-query';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer } from 'hyparquet';
import { useMemo, useState } from 'react';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { cellText } from './cellText';
import { readPiece } from './files';
import type { Shown } from './Preview';
import { Rows } from './Rows';

const rowsAtOnce = 200;

/** A Parquet file as a table with pages: of its bytes only those that a page needs are loaded. */
export function StoredParquet({ run, path, head }: Shown) {
  const [page, setPage] = useState(0);
  const file = useMemo(
    (): AsyncBuffer => ({
      byteLength: head.total,
      slice: async (start, end = head.total) => {
        const from = start < 0 ? head.total + start : start;
        return (await readPiece(run, path, from, end - from)).bytes.buffer;
      },
    }),
    [run, path, head.total],
  );
  const metadata = useQuery({ queryKey: ['artifacts', run, 'parquet', path], queryFn: () => parquetMetadataAsync(file), structuralSharing: false, staleTime: 300_000, retry: false });
  const columns = useMemo(() => topColumns(metadata.data?.schema ?? []), [metadata.data]);
  const total = Number(metadata.data?.num_rows ?? 0);
  const rows = useQuery({
    queryKey: ['artifacts', run, 'parquet', path, page],
    queryFn: async () => {
      const read = await parquetReadObjects({ file, metadata: metadata.data!, rowStart: page * rowsAtOnce, rowEnd: Math.min(total, (page + 1) * rowsAtOnce) });
      return read.map((row) => columns.map((name) => cellText((row as Record<string, unknown>)[name])));
    },
    enabled: metadata.data !== undefined,
    structuralSharing: false,
    staleTime: 300_000,
    retry: false,
  });
  if (metadata.error) return <Failed problem={metadata.error} />;
  if (!metadata.data) return <Loading lines={8} />;
  const codecs = [...new Set(metadata.data.row_groups.flatMap((group) => group.columns.map((column) => column.meta_data?.codec)))].filter(Boolean).join(', ').toLowerCase();
  const pages = Math.max(1, Math.ceil(total / rowsAtOnce));
  return (
    <div className="stack">
      <div className="row between preview-part">
        <span className="muted">
          {count(total)} rows, {count(columns.length)} columns, {count(metadata.data.row_groups.length)} row groups, {codecs}, {bytes(head.total)}
        </span>
        <span className="row" role="group" aria-label="Pages">
          <Button disabled={page === 0} onClick={() => setPage(page - 1)}>
            Before
          </Button>
          <span className="muted">
            {count(page + 1)} of {count(pages)}
          </span>
          <Button disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            Next
          </Button>
        </span>
      </div>
      {rows.error ? (
        <div className="stack">
          <Failed problem={rows.error} />
          <p className="muted">
            Read here are files without compression or with snappy; this one has {codecs}. Its columns: {columns.slice(0, 50).join(', ')}.
          </p>
        </div>
      ) : rows.data ? (
        <Rows key={page} header={columns} rows={rows.data} first={page * rowsAtOnce + 1} label="Table" />
      ) : (
        <Loading lines={8} />
      )}
    </div>
  );
}

/** Names of the columns at the top: a nested one is shown as one cell. */
export function topColumns(schema: readonly { name: string; num_children?: number }[]): string[] {
  const names: string[] = [];
  let at = 1;
  const skip = (): void => {
    const children = schema[at++]?.num_children ?? 0;
    for (let i = 0; i < children; i++) skip();
  };
  for (let left = schema[0]?.num_children ?? 0; left > 0 && at < schema.length; left--) {
    names.push(schema[at]!.name);
    skip();
  }
  return names;
}
