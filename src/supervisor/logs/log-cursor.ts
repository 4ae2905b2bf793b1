import { closeSync, fstatSync, lstatSync, readSync, type Stats } from 'node:fs';
import type { LogLine } from '../api.ts';
import { LineSink } from './line-sink.ts';
import { LineSplitter } from './line-splitter.ts';
import { openLogForReading } from './log-file.ts';
import { type LogPosition, PositionFile } from './log-position.ts';
import { openLogStream } from './log-stream.ts';

/** Farther behind than this, a tail skips to the end (R19). */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024;
/** Most that is read at one look, and shown after a skip. */
export const MAX_READ_BYTES = 256 * 1024;
const AFTER_SKIP_BYTES = 64 * 1024;
/** A rotation takes some 20 ms; one that takes longer has lost its author. */
const MAX_CUT_MS = 2000;

const buffer = Buffer.allocUnsafeSlow(MAX_READ_BYTES);

/** The file a cursor reads. It stays the same file when its name goes to another one. */
interface OpenLog {
  readonly fd: number;
  readonly ino: number;
  /** Position less offset (see `log-position.ts`). */
  shift: number;
  generation: number;
  /** As it was when everything had been read: then nothing needs to be looked at. */
  restingSize: number;
  restingTime: number;
}

/** Follows one log through growth, rotation, truncation, removal. Costs one `lstat` per look while nothing happens. */
export class LogCursor {
  readonly #path: string;
  readonly #lines: number;
  readonly #sink: LineSink;
  readonly #splitter: LineSplitter;
  readonly #position: PositionFile;
  #log: OpenLog | null = null;
  /** Position of the next byte to read. */
  #next = 0;
  /** Nothing was read yet: the log starts with its last lines, not with its first. */
  #fresh = true;
  /** What is in the way, so that it is said once. */
  #complaint = '';
  #cutSince: number | null = null;

  constructor(path: string, lines: number, onLines: (batch: readonly LogLine[]) => void) {
    const sink = new LineSink(path, onLines);
    this.#path = path;
    this.#lines = lines;
    this.#sink = sink;
    this.#splitter = new LineSplitter(0, (raw, start) => sink.line(raw, start));
    this.#position = new PositionFile(path);
  }

  /** Reads at most `budget` bytes of what is new and hands out its lines. Returns the number of bytes read. */
  look(now: number, budget: number): number {
    let read = 0;
    try {
      read = this.#follow(now, Math.min(budget, MAX_READ_BYTES));
      this.#splitter.release(now);
    } catch (error) {
      this.#complain(`log cannot be read: ${error instanceof Error ? error.message : String(error)}`, now);
    }
    this.#sink.flush(now);
    return read;
  }

  close(): void {
    if (this.#log) closeSync(this.#log.fd);
    this.#log = null;
  }

  #follow(now: number, budget: number): number {
    const stats = lstatSync(this.#path, { throwIfNoEntry: false });
    const log = this.#log;
    if (!log) return this.#begin(stats, now, budget);
    if (stats?.isFile() && stats.ino === log.ino) {
      this.#complaint = '';
      if (stats.size === log.restingSize && stats.mtimeMs === log.restingTime) return 0;
      return this.#readOn(log, now, budget);
    }
    // The name is gone or stands for another file: first the rest of the one that is open.
    log.shift = this.#position.read().archives.find(({ ino }) => ino === log.ino)?.start ?? log.shift;
    const read = this.#advance(log, 0, () => true, now, budget);
    if (read > 0) return read;
    if (stats?.isFile()) return this.#switch(log, now, budget);
    this.#complain(stats ? 'log replaced by something that is not a file' : 'log deleted', now);
    return 0;
  }

  #begin(stats: Stats | undefined, now: number, budget: number): number {
    if (!stats?.isFile()) {
      this.#fresh = false;
      if (stats) this.#complain('log is not a regular file: not read', now);
      return 0;
    }
    const position = this.#settled(now);
    const log = position && this.#open(position, now);
    if (!log) return 0;
    if (!this.#fresh) {
      this.#jump(position.base + position.head, false);
    } else if (!this.#showLastLines(now)) {
      this.close();
      return 0;
    }
    this.#fresh = false;
    return this.#readOn(log, now, budget);
  }

  /** Goes over to the file that has the name now. */
  #switch(old: OpenLog, now: number, budget: number): number {
    const position = this.#settled(now);
    if (!position) return 0;
    if (position.generation === old.generation) {
      this.#splitter.end();
      this.#sink.mark('log rotated', now);
      this.#sink.forget();
      this.#jump(position.base + position.head, false);
    } else if (!this.#catchUp(position, now)) {
      return 0;
    }
    this.close();
    const log = this.#open(position, now);
    return log ? this.#readOn(log, now, budget) : 0;
  }

  #open({ base, generation }: LogPosition, now: number): OpenLog | null {
    const opened = openLogForReading(this.#path);
    if (!opened.ok) {
      this.#complain(`log cannot be read: ${opened.problem.why ?? opened.problem.what}`, now);
      return null;
    }
    const { fd } = opened.value;
    this.#log = { fd, ino: fstatSync(fd).ino, shift: base, generation, restingSize: -1, restingTime: 0 };
    return this.#log;
  }

  #showLastLines(now: number): boolean {
    const stream = openLogStream(this.#path);
    if (!stream) return false;
    try {
      const from = stream.lastLines(this.#lines, MAX_BEHIND_BYTES);
      this.#jump(from, from === stream.end && stream.insideLine(from));
      this.#sink.observe(stream.end, now);
      stream.feed(this.#splitter, from, stream.end, now);
      this.#next = stream.end;
      return true;
    } finally {
      stream.close();
    }
  }

  #readOn(log: OpenLog, now: number, budget: number): number {
    const position = this.#settled(now);
    if (!position) return 0;
    if (position.generation !== log.generation) {
      if (!this.#catchUp(position, now)) return 0;
      log.shift = position.base;
      log.generation = position.generation;
    }
    const stillThere = (): boolean => {
      const after = this.#position.read();
      return after.generation === log.generation && (after.cutting === null || after === position);
    };
    return this.#advance(log, position.head, stillThere, now, budget);
  }

  /** After a rotation: what was not read before may stand in an archive now. False: again later. */
  #catchUp({ base, head }: LogPosition, now: number): boolean {
    const start = base + head;
    if (this.#next < start) {
      const stream = openLogStream(this.#path);
      if (!stream) return false;
      const gone = stream.feed(this.#splitter, this.#next, start, now);
      stream.close();
      if (gone > 0) this.#sink.mark(skipped(gone), now);
      this.#next = start;
    }
    this.#sink.mark('log rotated', now);
    return true;
  }

  /** Reads on; counts only when `valid` afterwards, because a cut moves the bytes. */
  #advance(log: OpenLog, head: number, valid: () => boolean, now: number, budget: number): number {
    const { size, mtimeMs } = fstatSync(log.fd);
    const end = log.shift + size;
    const truncated = end < this.#next;
    const unread = truncated ? log.shift + head : this.#next;
    const skip = end - unread > MAX_BEHIND_BYTES ? end - unread - Math.min(AFTER_SKIP_BYTES, budget) : 0;
    const from = unread + skip;
    const read = readSync(log.fd, buffer, 0, Math.max(0, Math.min(budget, end - from)), from - log.shift);
    if (!valid()) return 0;
    if (truncated) {
      this.#sink.mark('log truncated', now);
      this.#sink.forget();
    }
    this.#sink.observe(end, now);
    if (skip > 0) {
      this.#splitter.end();
      this.#sink.mark(skipped(skip), now);
    }
    if (truncated || skip > 0) this.#jump(from, skip > 0);
    this.#splitter.push(buffer.subarray(0, read), now);
    this.#next = from + read;
    if (this.#next === end) {
      log.restingSize = size;
      log.restingTime = mtimeMs;
    }
    return read;
  }

  #jump(position: number, insideLine: boolean): void {
    this.#next = position;
    this.#splitter.jump(position, { insideLine });
  }

  /** The position, unless a cut is under way that moves everything. */
  #settled(now: number): LogPosition | null {
    const position = this.#position.read();
    if (!position.cutting) this.#cutSince = null;
    else this.#cutSince ??= now;
    return this.#cutSince === null || now - this.#cutSince > MAX_CUT_MS ? position : null;
  }

  #complain(text: string, now: number): void {
    if (text === this.#complaint) return;
    this.#complaint = text;
    this.#sink.mark(text, now);
  }
}

function skipped(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB skipped`;
}
