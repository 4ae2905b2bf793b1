import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

/** The part of `process.stdout` that is used: a terminal with a file descriptor. */
export interface TerminalStream {
  readonly fd: number;
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const RETRY_MS = 8;
const DEFAULT_SIZE = { columns: 80, rows: 24 } as const;

/**
 * The terminal as our own, non-blocking file. Node writes to a terminal synchronously: one that stops reading (a stalled SSH
 * link, a tmux in copy mode) would stop the whole process. `O_NONBLOCK` on a shared descriptor would change it for the shell as
 * well, so the device is opened anew.
 */
function openDevice(fd: number): number | null {
  for (const path of [`/proc/self/fd/${fd}`, '/dev/tty']) {
    try {
      return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch {
      // Not on this system, or the terminal belongs to another user (su): the next way.
    }
  }
  return null;
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/**
 * What Ink gets as its stdout. Looks like a terminal, never blocks, queues what the terminal does not take yet, and tells when the
 * terminal is gone (`gone`, instead of an error nobody can handle).
 */
export class TerminalOutput extends Writable {
  readonly isTTY = true;
  columns: number;
  rows: number;
  bytesWritten = 0;
  readonly #stream: TerminalStream;
  readonly #fd: number;
  readonly #isOwn: boolean;
  #isGone = false;
  readonly #onResize = (): void => {
    this.emit('size');
  };

  constructor(stream: TerminalStream) {
    super({ decodeStrings: true, highWaterMark: 1 << 20 });
    const device = openDevice(stream.fd);
    this.#stream = stream;
    this.#fd = device ?? stream.fd;
    this.#isOwn = device !== null;
    this.columns = stream.columns ?? DEFAULT_SIZE.columns;
    this.rows = stream.rows ?? DEFAULT_SIZE.rows;
    stream.on('resize', this.#onResize);
  }

  /** Takes over the terminal's size; true when it is another one. Ink is told by the `resize` event, which is the caller's to emit. */
  measure(): boolean {
    const { columns = this.columns, rows = this.rows } = this.#stream;
    const isChanged = columns !== this.columns || rows !== this.rows;
    this.columns = columns;
    this.rows = rows;
    return isChanged;
  }

  /** Calls back once everything written so far has reached the terminal. */
  onceDrained(callback: () => void): void {
    this.write('', () => callback());
  }

  /** Writes past the queue and waits at most `patienceMs` for a terminal that does not read: the last words of the program. */
  writeLast(text: string, patienceMs: number): void {
    const bytes = Buffer.from(text);
    const deadline = Date.now() + patienceMs;
    let from = 0;
    while (from < bytes.length && !this.#isGone) {
      try {
        from += writeSync(this.#fd, bytes, from);
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' || Date.now() >= deadline) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#push(chunk, 0, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#push(Buffer.concat(chunks.map(({ chunk }) => chunk)), 0, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.off('resize', this.#onResize);
    if (this.#isOwn) closeSync(this.#fd);
    done(error);
  }

  #push(bytes: Buffer, from: number, done: () => void): void {
    let at = from;
    try {
      while (at < bytes.length && !this.#isGone) at += writeSync(this.#fd, bytes, at);
      this.bytesWritten += at - from;
      done();
    } catch (error) {
      this.bytesWritten += at - from;
      if (codeOf(error) === 'EAGAIN') return void setTimeout(() => this.#push(bytes, at, done), RETRY_MS);
      // EIO, EPIPE, EBADF: nobody is there to read any more. What is still queued is for nobody.
      this.#isGone = true;
      done();
      this.emit('gone', codeOf(error));
    }
  }
}
