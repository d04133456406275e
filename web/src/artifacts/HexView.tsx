import type { Piece } from './files';

const shown = 1_024;

/** The first bytes of what nothing here opens. */
export function HexView({ head, pickle }: { head: Piece; pickle: boolean }) {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(shown, head.bytes.length); at += 16) {
    const row = [...head.bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')}`);
  }
  return (
    <div className="stack">
      <p className="muted">
        {pickle ? 'Such a file runs code when a program opens it. It is not opened here; open it only where its maker is trusted.' : 'Nothing here knows this kind of file. Its first bytes:'}
      </p>
      <pre className="preview-hex" tabIndex={0} aria-label="First bytes">
        {lines.join('\n')}
      </pre>
    </div>
  );
}
