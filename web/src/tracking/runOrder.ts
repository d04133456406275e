/** The ids of all rows of a table, in their order: kept as the bytes that came, 16 a run, and read one at a time. */
export class RunOrder {
  private constructor(
    private readonly bytes: Uint8Array,
    /** There are more runs than these. */
    readonly more: boolean,
  ) {}

  static readonly none = new RunOrder(new Uint8Array(0), false);

  /** Reads the answer of `/runs/order`. */
  static read(answer: ArrayBuffer): RunOrder {
    const head = new DataView(answer);
    if (answer.byteLength < 16 || head.getUint32(0, false) !== magic) throw new Error('The server answered the order of runs in a form that this page does not know. Load the page anew.');
    const count = head.getUint32(4, true);
    if (answer.byteLength !== 16 + count * 16) throw new Error('The order of runs arrived incomplete. Try again.');
    return new RunOrder(new Uint8Array(answer, 16), (head.getUint32(8, true) & 1) !== 0);
  }

  get count(): number {
    return this.bytes.length / 16;
  }

  /** The id of the run in a row. */
  id(row: number): string {
    let id = '';
    for (let at = row * 16; at < row * 16 + 16; at++) id += hex[this.bytes[at]!];
    return id;
  }

  /** Ids of some rows; `to` is not among them. */
  ids(from = 0, to = this.count): string[] {
    return Array.from({ length: Math.max(0, Math.min(to, this.count) - from) }, (_, row) => this.id(from + row));
  }

  /** Whether the same runs stand in the same order. */
  equals(other: RunOrder): boolean {
    return this === other || (this.bytes.length === other.bytes.length && this.bytes.every((byte, at) => byte === other.bytes[at]));
  }

  /** How many runs stand here that do not stand in another order. */
  without(other: RunOrder): number {
    const there = new Set(other.ids());
    let count = 0;
    for (let row = 0; row < this.count; row++) if (!there.has(this.id(row))) count++;
    return count;
  }
}

const magic = 0x53524f31; // SRO1
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
