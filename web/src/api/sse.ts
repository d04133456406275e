/** One event of a stream, as the wire has it. */
export interface StreamEvent {
  id: string | undefined;
  type: string;
  data: string;
}

/**
 * Takes server-sent events apart as they arrive, in pieces of any size. Lines end with LF, CR or both (HTML standard, 9.2.6); comments are left out.
 */
export class EventReader {
  private rest = '';
  private lines: string[] = [];
  private lastId: string | undefined;

  /** The events that are complete with this piece. */
  read(piece: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    this.rest += piece;
    let match: RegExpExecArray | null;
    // A CR at the very end may be half of a CRLF: it waits for the next piece.
    const end = /\r\n|\n|\r(?!$)/g;
    let from = 0;
    while ((match = end.exec(this.rest)) !== null) {
      const line = this.rest.slice(from, match.index);
      from = match.index + match[0].length;
      if (line === '') this.finish(events);
      else this.lines.push(line);
    }
    this.rest = this.rest.slice(from);
    return events;
  }

  private finish(events: StreamEvent[]): void {
    let type = 'message';
    const data: string[] = [];
    for (const line of this.lines) {
      if (line.startsWith(':')) continue;
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') type = value;
      else if (field === 'data') data.push(value);
      else if (field === 'id') this.lastId = value;
    }
    this.lines = [];
    if (data.length > 0) events.push({ id: this.lastId, type, data: data.join('\n') });
  }
}
