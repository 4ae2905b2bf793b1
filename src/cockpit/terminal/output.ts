import { Writable } from 'node:stream';
import type { Backlog } from '../runtime/publisher.ts';
import type { Sink } from './sink.ts';
import { Thrift } from './thrift.ts';

/** The part of `process.stdout` that tells the size. */
export interface SizedStream {
  readonly columns?: number;
  readonly rows?: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

const RETRY_MS = 8;
const DEFAULT_SIZE = { columns: 80, rows: 24 } as const;

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/**
 * What Ink gets as its stdout. Looks like a terminal, never blocks, writes no more than it must, and queues what the terminal does
 * not take yet. Events of its own: `size` (the terminal has another size; Ink is told by `resize`, which is the owner's to emit) and
 * `gone` (nobody reads any more; what is queued is dropped).
 */
export class TerminalOutput extends Writable implements Backlog {
  readonly isTTY = true;
  columns: number;
  rows: number;
  bytesWritten = 0;
  readonly #stream: SizedStream;
  readonly #sink: Sink;
  readonly #thrift = new Thrift();
  #isGone = false;
  readonly #onResize = (): void => void this.emit('size');

  constructor(stream: SizedStream, sink: Sink) {
    super({ decodeStrings: false, highWaterMark: 1 << 20 });
    this.#stream = stream;
    this.#sink = sink;
    this.columns = stream.columns ?? DEFAULT_SIZE.columns;
    this.rows = stream.rows ?? DEFAULT_SIZE.rows;
    stream.on('resize', this.#onResize);
  }

  /** Takes over the terminal's size; true when it is another one. */
  measure(): boolean {
    const { columns = this.columns, rows = this.rows } = this.#stream;
    const isChanged = columns !== this.columns || rows !== this.rows;
    if (isChanged) this.#thrift.forget();
    this.columns = columns;
    this.rows = rows;
    return isChanged;
  }

  /** Calls back once everything written so far has reached the terminal. */
  onceDrained(callback: () => void): void {
    this.write('', () => callback());
  }

  /** The last words of the program: past the queue, and synchronously. Says whether the terminal took them within `patienceMs`. */
  writeLast(text: string, patienceMs: number): boolean {
    const bytes = Buffer.from(text);
    const deadline = Date.now() + patienceMs;
    let from = 0;
    while (from < bytes.length && !this.#isGone) {
      try {
        from += this.#sink.write(bytes, from);
      } catch (error) {
        if (codeOf(error) !== 'EAGAIN' || Date.now() >= deadline) return false;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
    return !this.#isGone;
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this._writev([{ chunk }], done);
  }

  override _writev(chunks: readonly { readonly chunk: string }[], done: () => void): void {
    this.#push(Buffer.from(chunks.map(({ chunk }) => this.#thrift.pass(chunk)).join('')), 0, done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stream.off('resize', this.#onResize);
    this.#sink.close();
    done(error);
  }

  #push(bytes: Buffer, from: number, done: () => void): void {
    let at = from;
    try {
      while (at < bytes.length && !this.#isGone && !this.destroyed) {
        const taken = this.#sink.write(bytes, at);
        at += taken;
        this.bytesWritten += taken;
      }
    } catch (error) {
      if (codeOf(error) === 'EAGAIN') {
        setTimeout(() => this.#push(bytes, at, done), RETRY_MS);
        return;
      }
      // EIO, EPIPE, EBADF.
      this.#isGone = true;
      this.emit('gone');
    }
    done();
  }
}
