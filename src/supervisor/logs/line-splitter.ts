/** Longest line that is kept, in bytes of the log; the rest of a longer one is skipped. */
export const MAX_LINE_BYTES = 16 * 1024;
/** Ends a line that was cut. */
export const CUT_MARK = ' … [line cut at 16 kB]';
/** How long an unfinished line is held back for its end, in milliseconds. */
export const HOLD_MS = 200;

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);

/** Gets a line without its newline, and the position of its first byte. */
export type OnLine = (raw: string, start: number) => void;

/**
 * Cuts a stream of bytes into lines. Bytes that are not UTF-8 become U+FFFD; a sequence split between chunks is put
 * together again. However long a line is, at most {@link MAX_LINE_BYTES} of it are held in memory.
 */
export class LineSplitter {
  readonly #onLine: OnLine;
  /** Position of the next byte to come. */
  #position: number;
  /** First bytes of the unfinished line. */
  #held: Buffer = EMPTY;
  #heldStart: number;
  #heldSince = 0;
  /** The line was cut and handed out: everything up to the next newline is skipped. */
  #skipping = false;

  constructor(position: number, onLine: OnLine) {
    this.#position = position;
    this.#heldStart = position;
    this.#onLine = onLine;
  }

  /** Bytes of the unfinished line that are held back. */
  get pending(): number {
    return this.#held.length;
  }

  /** Takes the next bytes of the stream. The chunk may be reused afterwards. */
  push(chunk: Buffer, now: number): void {
    let from = 0;
    while (from < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, from);
      const to = newline === -1 ? chunk.length : newline;
      this.#take(chunk.subarray(from, to), now);
      this.#position += to - from;
      if (newline === -1) break;
      this.#endLine();
      from = newline + 1;
    }
    if (this.#held.length > 0) this.#held = Buffer.from(this.#held);
  }

  /** Hands out an unfinished line that has been held for {@link HOLD_MS}; what follows it then starts a line of its own. */
  release(now: number): void {
    if (this.#held.length === 0 || now - this.#heldSince < HOLD_MS) return;
    const complete = completeLength(this.#held);
    if (complete === 0) return;
    const rest = Buffer.from(this.#held.subarray(complete));
    this.#onLine(this.#held.toString('utf8', 0, complete), this.#heldStart);
    this.#hold(rest, this.#position - rest.length, now);
  }

  /** Hands out what is held: no more bytes will come. */
  end(): void {
    if (this.#held.length > 0) this.#onLine(this.#held.toString('utf8'), this.#heldStart);
    this.#hold(EMPTY, this.#position, 0);
    this.#skipping = false;
  }

  /** Forgets what is held and goes on elsewhere in the stream. `insideLine`: skip up to the next newline first. */
  jump(position: number, { insideLine }: { readonly insideLine: boolean }): void {
    this.#position = position;
    this.#hold(EMPTY, position, 0);
    this.#skipping = insideLine;
  }

  #take(part: Buffer, now: number): void {
    if (this.#skipping || part.length === 0) return;
    if (this.#held.length + part.length <= MAX_LINE_BYTES) {
      if (this.#held.length === 0) this.#hold(part, this.#position, now);
      else this.#held = Buffer.concat([this.#held, part]);
      return;
    }
    const head = Buffer.concat([this.#held, part.subarray(0, MAX_LINE_BYTES - this.#held.length)]);
    const start = this.#held.length === 0 ? this.#position : this.#heldStart;
    this.#onLine(head.toString('utf8', 0, completeLength(head)) + CUT_MARK, start);
    this.#hold(EMPTY, this.#position, 0);
    this.#skipping = true;
  }

  #endLine(): void {
    if (!this.#skipping) {
      const start = this.#held.length === 0 ? this.#position : this.#heldStart;
      this.#onLine(this.#held.toString('utf8'), start);
    }
    this.#position += 1;
    this.#skipping = false;
    this.#hold(EMPTY, this.#position, 0);
  }

  #hold(bytes: Buffer, start: number, since: number): void {
    this.#held = bytes;
    this.#heldStart = start;
    this.#heldSince = since;
  }
}

/** Length without a UTF-8 sequence that is unfinished at the end. */
function completeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function sequenceLength(lead: number): number {
  if (lead >= 0xf5) return 1;
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc2 ? 2 : 1;
}
