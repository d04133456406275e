const [quote, newline, carriage] = [0x22, 0x0a, 0x0d];

/** What was found in a piece of a table. */
export interface CsvPiece {
  rows: string[][];
  /** Bytes that belong to complete rows: the next piece begins behind them. */
  used: number;
}

/**
 * Reads rows of comma- or tab-separated values from bytes. Cells may be quoted, hold line ends and doubled quotes; line ends are LF or CRLF. It works on
 * bytes because a piece of a file may end within a letter: a row that is not complete is left to the next piece.
 * @param last Nothing comes behind: what stands after the last line end is a row too.
 */
export function parseCsv(bytes: Uint8Array, separator: number, last: boolean, rowsMax = Infinity): CsvPiece {
  const text = new TextDecoder();
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  let used = 0;
  const cell = (from: number, to: number) => text.decode(bytes.subarray(from, to));
  while (at < bytes.length && rows.length < rowsMax) {
    let value: string;
    let begin = at;
    if (bytes[at] === quote) {
      let inner = '';
      begin = ++at;
      for (;;) {
        const end = bytes.indexOf(quote, at);
        if (end < 0) {
          // The quote is not closed here: perhaps in the next piece.
          if (!last) return { rows, used };
          inner += cell(begin, bytes.length);
          at = bytes.length;
          break;
        }
        if (bytes[end + 1] === quote) {
          inner += cell(begin, end + 1);
          begin = at = end + 2;
          continue;
        }
        if (end + 1 === bytes.length && !last) return { rows, used };
        inner += cell(begin, end);
        at = end + 1;
        break;
      }
      begin = at;
      while (at < bytes.length && bytes[at] !== separator && bytes[at] !== newline) at++;
      // What stands behind a closing quote is not of the format; it is shown rather than lost.
      value = inner + cell(begin, bytes[at] === newline && bytes[at - 1] === carriage && at > begin ? at - 1 : at);
      if (at === bytes.length && last && value.endsWith('\r')) value = value.slice(0, -1);
    } else {
      while (at < bytes.length && bytes[at] !== separator && bytes[at] !== newline) at++;
      value = cell(begin, bytes[at] === newline && at > begin && bytes[at - 1] === carriage ? at - 1 : at);
    }
    row.push(value);
    if (at >= bytes.length) break;
    if (bytes[at] === newline) {
      rows.push(row);
      row = [];
      used = ++at;
    } else if (++at === bytes.length && last) {
      row.push('');
    }
  }
  if (last && row.length > 0 && rows.length < rowsMax) {
    rows.push(row);
    used = bytes.length;
  }
  return { rows, used };
}

/** Which character separates: by the ending, else the one of which the first line has most. */
export function separatorOf(path: string, head: Uint8Array): number {
  if (/\.(tsv|tab)$/i.test(path)) return 0x09;
  const end = head.indexOf(newline);
  const line = head.subarray(0, end < 0 ? Math.min(head.length, 4096) : end);
  const counts = [0x2c, 0x3b, 0x09, 0x7c].map((one): [number, number] => [one, line.reduce((sum, byte) => sum + (byte === one ? 1 : 0), 0)]);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}
