/** Reads bytes of something large: as many as asked for, fewer only at its end. */
export type ReadBytes = (from: number, count: number) => Promise<Uint8Array>;

/** A field of a message: its number, and where its content lies or, of numbers, what it is. */
export interface Field {
  number: number;
  /** Protocol Buffers' wire type: 0 a number, 1 eight bytes, 2 content of a length, 5 four bytes. */
  type: number;
  value: number;
  from: number;
  to: number;
}

/** How much is read at once; what lies behind a jump is read anew. */
const windowBytes = 64 * 1024;

/** Walks through fields of Protocol Buffers without reading what is skipped: a tensor of a gigabyte costs a jump. */
export class ProtobufReader {
  private buffer = new Uint8Array(0);
  private begin = 0;
  /** How often it asked for bytes. */
  reads = 0;

  constructor(
    private readonly read: ReadBytes,
    readonly length: number,
    private readonly readsMax: number,
  ) {}

  /** The bytes from one place to another. */
  async bytes(from: number, to: number): Promise<Uint8Array> {
    if (to > this.length) throw new Error('The file ends within a field: it is cut off, or of another kind.');
    if (from < this.begin || to > this.begin + this.buffer.length) {
      if (++this.reads > this.readsMax) throw new TooManyReads();
      const bytes = await this.read(from, Math.min(Math.max(to - from, windowBytes), this.length - from));
      if (bytes.length < to - from) throw new Error('The file is shorter than it was said to be.');
      [this.buffer, this.begin] = [new Uint8Array(bytes), from];
    }
    return this.buffer.subarray(from - this.begin, to - this.begin);
  }

  /** Text that lies between two places; a long one is cut. */
  async text(from: number, to: number, max = 10_000): Promise<string> {
    return new TextDecoder().decode(await this.bytes(from, Math.min(to, from + max)));
  }

  /** The fields between two places, in the order in which they were written. */
  async *fields(from: number, to: number): AsyncGenerator<Field> {
    let at = from;
    while (at < to) {
      const [key, afterKey] = await this.varint(at);
      const field: Field = { number: Math.floor(key / 8), type: key & 7, value: 0, from: afterKey, to: afterKey };
      if (field.number <= 0) throw new Error('This is no message of Protocol Buffers.');
      if (field.type === 0) [field.value, field.to] = await this.varint(afterKey);
      else if (field.type === 1) field.to = afterKey + 8;
      else if (field.type === 5) field.to = afterKey + 4;
      else if (field.type === 2) {
        const [length, begin] = await this.varint(afterKey);
        field.from = begin;
        field.to = begin + length;
      } else throw new Error('This is no message of Protocol Buffers.');
      if (field.to > to || field.to <= at) throw new Error('The file ends within a field: it is cut off, or of another kind.');
      yield field;
      at = field.to;
    }
  }

  /** A number of one to ten bytes; beyond 2^53 its last digits are lost, negative ones are told apart. */
  private async varint(at: number): Promise<[number, number]> {
    const bytes = await this.bytes(at, Math.min(at + 10, this.length));
    let value = 0n;
    for (let i = 0; i < bytes.length; i++) {
      value |= BigInt(bytes[i]! & 0x7f) << BigInt(7 * i);
      if (bytes[i]! < 0x80) return [Number(BigInt.asIntN(64, value)), at + i + 1];
    }
    throw new Error('This is no message of Protocol Buffers.');
  }
}

/** A walk would take more reads than anybody waits for. */
export class TooManyReads extends Error {
  constructor() {
    super('The file is scattered too far to be looked through here.');
    this.name = 'TooManyReads';
  }
}
