import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { fileUrl, namesQuery, readPiece } from '../artifacts/files';
import { TextLines } from '../artifacts/TextLines';
import { Button } from '../ui/Button';
import { bytes } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { plainText } from '../artifacts/ansi';

/** Where `slipway run` and our SDK keep what a program printed. */
const consolePath = 'console.log';
const tailBytes = 256 * 1024;

/** What the program printed: its end first, more of it on request, and on while it runs. */
export function RunConsole({ id, running }: { id: string; running: boolean }) {
  const [wanted, setWanted] = useState(tailBytes);
  const [follow, setFollow] = useState(running);
  const names = useQuery({ ...namesQuery(id, ''), refetchInterval: running ? 10_000 : false });
  const there = names.data?.has(consolePath) ?? false;
  const tail = useQuery({
    enabled: there,
    queryKey: ['artifacts', id, 'console', wanted],
    queryFn: ({ signal }) => readPiece(id, consolePath, -wanted, wanted, signal),
    refetchInterval: running && follow ? 2_000 : false,
    structuralSharing: false,
    placeholderData: (before) => before,
  });
  const text = useMemo(() => (tail.data ? plainText(new TextDecoder().decode(tail.data.bytes)) : ''), [tail.data]);
  useEffect(() => setFollow(running), [running]);
  if (names.error && !names.data) return <Failed problem={names.error} retry={() => void names.refetch()} />;
  if (names.data && !there)
    return (
      <Empty title="No console output">
        <p>{running ? 'It is kept when the run ends, unless the program writes it as it goes.' : <>What a program prints is kept by <code>slipway run</code>, and by our SDK when it is told to.</>}</p>
      </Empty>
    );
  if (tail.error && !tail.data) return <Failed problem={tail.error} retry={() => void tail.refetch()} />;
  if (!tail.data) return <Loading lines={10} height="1rem" />;
  const before = tail.data.total - tail.data.bytes.length;
  return (
    <div className="stack">
      <div className="row between">
        <span className="muted run-small">{before > 0 ? `The last ${bytes(tail.data.bytes.length)} of ${bytes(tail.data.total)}` : bytes(tail.data.total)}</span>
        <span className="row">
          {before > 0 && (
            <Button onClick={() => setWanted(wanted * 4)} disabled={tail.isFetching}>
              More before it
            </Button>
          )}
          {running && (
            <Button aria-pressed={follow} onClick={() => setFollow(!follow)}>
              Follow
            </Button>
          )}
          <a className="button" href={fileUrl(id, consolePath)} download>
            <Icon name="download" /> Download
          </a>
        </span>
      </div>
      <TextLines text={before > 0 ? text.slice(text.indexOf('\n') + 1) : text} label="Console output" numbers={before === 0} toEnd wrap />
    </div>
  );
}
