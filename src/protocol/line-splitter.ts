/**
 * What came out of a byte stream: a whole line (without its newline), or notice that one is too long, with how it begins,
 * and later that its end was reached, with how it ends.
 */
export type Frame =
  | { readonly kind: 'line'; readonly bytes: Buffer }
  | { readonly kind: 'oversized'; readonly start: Buffer }
  | { readonly kind: 'skipped'; readonly start: Buffer; readonly end: Buffer };

/** Of a line that is too long so much is kept of its start and of its end. Bytes. */
const EDGE = 256;

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

/**
 * Cuts a byte stream at newlines. Works on bytes, so a character split between two chunks is never harmed. A line
 * longer than `limit` bytes is announced once and skipped up to its newline; only its edges are kept. Holds at most twice `limit` bytes,
 * however small the chunks are.
 */
export class LineSplitter {
  readonly #limit: number;
  #buffer: Buffer = EMPTY;
  #held = 0;
  #skipping = false;
  #start: Buffer = EMPTY;
  #end: Buffer = EMPTY;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Frames completed by `chunk`, in order. */
  push(chunk: Buffer): readonly Frame[] {
    const frames: Frame[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const part = chunk.subarray(start, end);
      if (!this.#exceeds(part, frames)) frames.push({ kind: 'line', bytes: this.#complete(part) });
      if (this.#skipping) frames.push({ kind: 'skipped', start: this.#start, end: this.#end });
      this.#skipping = false;
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    if (!this.#exceeds(rest, frames)) this.#append(rest);
    return frames;
  }

  /** What is left of an unfinished line at the end of the stream; empty when there is none. */
  end(): Buffer {
    return this.#complete(EMPTY);
  }

  #exceeds(part: Buffer, frames: Frame[]): boolean {
    if (!this.#skipping) {
      if (this.#held + part.length <= this.#limit) return false;
      const held = this.#buffer.subarray(0, this.#held);
      this.#start = Buffer.concat([held.subarray(0, EDGE), part.subarray(0, Math.max(0, EDGE - held.length))]);
      frames.push({ kind: 'oversized', start: this.#start });
      this.#end = Buffer.from(held.subarray(-EDGE));
      this.#buffer = EMPTY;
      this.#held = 0;
      this.#skipping = true;
    }
    this.#end = Buffer.concat([this.#end, part.subarray(-EDGE)]).subarray(-EDGE);
    return true;
  }

  #complete(part: Buffer): Buffer {
    if (this.#held === 0) return part;
    this.#append(part);
    const line = this.#buffer.subarray(0, this.#held);
    this.#buffer = EMPTY;
    this.#held = 0;
    return line;
  }

  #append(part: Buffer): void {
    if (part.length === 0) return;
    const needed = this.#held + part.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, this.#held);
      this.#buffer = grown;
    }
    part.copy(this.#buffer, this.#held);
    this.#held = needed;
  }
}
