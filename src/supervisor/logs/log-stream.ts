import { closeSync, fstatSync, readSync } from 'node:fs';
import { archivePath } from './archives.ts';
import type { LineSplitter } from './line-splitter.ts';
import { openLogForReading } from './log-file.ts';
import { readPosition } from './log-position.ts';

const STEP_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
/** More archives than anybody keeps. */
const MAX_ARCHIVES = 100;

interface Segment {
  readonly fd: number;
  /** Positions of its first and behind its last data byte. */
  readonly start: number;
  readonly end: number;
  /** Position less offset in the file. */
  readonly shift: number;
}

/**
 * A log with its archives, as one stream of positions (see `log-position.ts`), frozen at the moment it was opened: what is
 * appended later does not belong to it. Between two segments positions may be missing; a line never spans such a gap.
 */
export class LogStream {
  readonly generation: number;
  /** Oldest first; never overlapping. */
  readonly #segments: readonly Segment[];

  constructor(generation: number, segments: readonly Segment[]) {
    this.generation = generation;
    this.#segments = segments;
  }

  get start(): number {
    return this.#segments[0]?.start ?? 0;
  }

  get end(): number {
    return this.#segments.at(-1)?.end ?? 0;
  }

  close(): void {
    for (const { fd } of this.#segments) closeSync(fd);
  }

  /** The greatest start of a line at or before `position`, where the newline of the line before does not count. */
  lineStart(position: number): number {
    return this.#nthLineStart(position, 1);
  }

  /** Where the last `lines` lines begin; an unfinished last line counts. Looks at most `maxBytes` back. */
  lastLines(lines: number, maxBytes: number): number {
    if (lines <= 0) return this.end;
    const floor = this.end - maxBytes;
    const found = this.#nthLineStart(this.end - 1, lines, floor);
    return Math.max(found, this.lineStartAfter(floor));
  }

  /** The first start of a line at or after `position`. */
  lineStartAfter(position: number): number {
    if (position <= this.start) return this.start;
    let found = this.end;
    this.#forward(position - 1, this.end, (chunk, at) => {
      const newline = chunk.indexOf(NEWLINE);
      if (newline !== -1) found = at + newline + 1;
      return newline === -1;
    });
    return found;
  }

  /** Feeds `[from, to)` to a splitter, ending lines at gaps. Returns how many bytes of it are gone. */
  feed(splitter: LineSplitter, from: number, to: number, now: number): number {
    let next = from;
    let gone = 0;
    const leap = (at: number): void => {
      if (at === next) return;
      // One position between two files belongs to none.
      if (at - next > 1) gone += at - next;
      splitter.end();
      splitter.jump(at, { insideLine: false });
    };
    this.#forward(from, to, (chunk, at) => {
      leap(at);
      splitter.push(chunk, now);
      next = at + chunk.length;
      return true;
    });
    leap(to);
    return gone;
  }

  /** Whether a line began before `position` and goes on there. */
  insideLine(position: number): boolean {
    let before = NEWLINE;
    this.#forward(position - 1, position, (chunk) => {
      before = chunk[0] ?? NEWLINE;
      return false;
    });
    return before !== NEWLINE;
  }

  /** Goes back from `position` over `count` line starts. */
  #nthLineStart(position: number, count: number, floor = Number.NEGATIVE_INFINITY): number {
    const buffer = Buffer.allocUnsafe(STEP_BYTES);
    let left = count;
    for (const segment of this.#segments.toReversed()) {
      // The newline before a gap starts no line.
      let to = Math.min(position, this.#goesOn(segment) ? segment.end : segment.end - 1);
      while (to > segment.start && to > floor) {
        const from = Math.max(segment.start, to - STEP_BYTES);
        const read = readSync(segment.fd, buffer, 0, to - from, from - segment.shift);
        for (let at = read; at > 0; left--) {
          at = buffer.lastIndexOf(NEWLINE, at - 1);
          if (at === -1) break;
          if (left === 1) return from + at + 1;
        }
        to = from;
      }
      if (segment.start < position && !this.#continues(segment) && --left === 0) return segment.start;
    }
    return this.start;
  }

  #continues(segment: Segment): boolean {
    return this.#segments.some(({ end }) => end === segment.start);
  }

  #goesOn(segment: Segment): boolean {
    return segment.end === this.end || this.#segments.some(({ start }) => start === segment.end);
  }

  #forward(from: number, to: number, onChunk: (chunk: Buffer, at: number) => boolean): void {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(STEP_BYTES, to - from)));
    for (const { fd, start, end, shift } of this.#segments) {
      let at = Math.max(from, start);
      while (at < Math.min(to, end)) {
        const read = readSync(fd, buffer, 0, Math.min(buffer.length, Math.min(to, end) - at), at - shift);
        if (read === 0) break;
        if (!onChunk(buffer.subarray(0, read), at)) return;
        at += read;
      }
    }
  }
}

/**
 * Opens a log with its archives. Null while it is being cut: try again in some milliseconds. `force`: open it all the
 * same, because a cut that takes so long has lost its author.
 */
export function openLogStream(log: string, { force = false }: { readonly force?: boolean } = {}): LogStream | null {
  const position = readPosition(log);
  if (position.cutting && !force) return null;
  const newestFirst: Segment[] = [];
  const add = (
    path: string,
    locate: (ino: number, size: number) => { readonly shift: number; readonly head: number },
  ): boolean => {
    const opened = openLogForReading(path);
    if (!opened.ok) return false;
    const { fd } = opened.value;
    const { ino, size } = fstatSync(fd);
    const { shift, head } = locate(ino, size);
    const end = Math.min(shift + size, newestFirst.at(-1)?.start ?? Number.POSITIVE_INFINITY);
    if (shift + head < end) newestFirst.push({ fd, start: shift + head, end, shift });
    else closeSync(fd);
    return true;
  };
  add(log, () => ({ shift: position.base, head: position.head }));
  for (let number = 1; number <= MAX_ARCHIVES; number++) {
    const found = add(archivePath(log, number), (ino, size) => {
      const known = position.archives.find((archive) => archive.ino === ino);
      return known
        ? { shift: known.start, head: known.head }
        : { shift: (newestFirst.at(-1)?.start ?? position.base) - 1 - size, head: 0 };
    });
    if (!found) break;
  }
  const stream = new LogStream(position.generation, newestFirst.reverse());
  const after = readPosition(log);
  if (force || (after.generation === position.generation && after.cutting === null)) return stream;
  stream.close();
  return null;
}
