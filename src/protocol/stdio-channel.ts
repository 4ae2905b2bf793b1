import type { Readable, Writable } from 'node:stream';
import { type Channel, MAX_MESSAGE_BYTES, type MessageListener, type OversizedListener } from './channel.ts';
import { messagesIn, type RpcMessage } from './json-rpc.ts';
import { LineSplitter } from './line-splitter.ts';
import { PeerError } from './peer-error.ts';

export interface StdioChannelOptions {
  /** Size limit of one message in bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** Bytes that may wait for a server that does not read its stdin; default 16 MiB. Beyond it `send` rejects. */
  readonly maxQueuedBytes?: number;
}

/** A line of noise handed on is cut to this many bytes. */
const MAX_NOISE_BYTES = 4096;
/** Noise is read no faster than this, so that one server that never stops talking leaves time for all the others. Lines per ms. */
const NOISE_PER_MS = 20;
/** A rest that is shorter than this is not worth its timer. Milliseconds. */
const SHORTEST_REST_MS = 5;
/** How long answers may still arrive after the server closed its stdin. Milliseconds. */
const DRAIN_MS = 1000;

/**
 * The stdio transport over pipes somebody else opened: one JSON message per line. Owns neither the process nor its
 * signals. Lines on stdout that are no JSON-RPC are noise: reported, otherwise ignored. A flood of it is held back in the
 * pipe, which in the end holds back its writer.
 */
export class StdioChannel implements Channel {
  readonly transport = 'stdio';
  readonly #stdin: Writable;
  readonly #stdout: Readable;
  readonly #splitter: LineSplitter;
  readonly #maxMessageBytes: number;
  readonly #maxQueuedBytes: number;
  #message: MessageListener | null = null;
  #close: ((reason: PeerError) => void) | null = null;
  #oversized: OversizedListener | null = null;
  #noise: ((lines: readonly string[]) => void) | null = null;
  #closed: PeerError | null = null;
  #stdinBroken = false;
  #gathering = false;
  #drain: NodeJS.Timeout | null = null;
  #rest: NodeJS.Timeout | null = null;

  constructor(
    pipes: { readonly stdin: Writable; readonly stdout: Readable },
    { maxMessageBytes = MAX_MESSAGE_BYTES, maxQueuedBytes = MAX_MESSAGE_BYTES }: StdioChannelOptions = {},
  ) {
    this.#stdin = pipes.stdin;
    this.#stdout = pipes.stdout;
    this.#maxMessageBytes = maxMessageBytes;
    this.#maxQueuedBytes = maxQueuedBytes;
    this.#splitter = new LineSplitter(maxMessageBytes);
    this.#stdin.on('error', () => this.#stdinGone());
    this.#stdin.on('close', () => this.#stdinGone());
    this.#stdout.on('error', () => this.#end('its stdout broke'));
    this.#stdout.on('end', () => this.#end('it closed its stdout'));
    this.#stdout.on('close', () => this.#end('it closed its stdout'));
  }

  send(message: RpcMessage): Promise<void> {
    if (this.#closed) return Promise.reject(this.#closed);
    if (this.#stdinBroken || !this.#stdin.writable) return Promise.reject(closed('it closed its stdin'));
    const line = `${JSON.stringify(message)}\n`;
    if (this.#stdin.writableLength + line.length > this.#maxQueuedBytes) {
      const why = `${this.#stdin.writableLength} bytes wait in its stdin`;
      return Promise.reject(new PeerError('timeout', { what: 'the server does not read what it is sent', why }));
    }
    this.#gather();
    return new Promise((resolve, reject) => {
      this.#stdin.write(line, (error) => (error ? reject(closed('it closed its stdin')) : resolve()));
    });
  }

  onMessage(listener: MessageListener): void {
    const first = this.#message === null;
    this.#message = listener;
    if (first) this.#stdout.on('data', (chunk: Buffer | string) => this.#read(chunk));
  }

  onClose(listener: (reason: PeerError) => void): void {
    this.#close = listener;
    const reason = this.#closed;
    if (reason) queueMicrotask(() => listener(reason));
  }

  onOversized(listener: OversizedListener): void {
    this.#oversized = listener;
  }

  /** Calls back with the stdout lines that are no JSON-RPC messages, each cut to 4 KiB. Untrusted text. */
  onNoise(listener: (lines: readonly string[]) => void): void {
    this.#noise = listener;
  }

  /** Closes the server's stdin, which asks a stdio server to end (the spec's first step of a shutdown). */
  close(): Promise<void> {
    this.#end('we closed it');
    this.#stdin.end();
    return Promise.resolve();
  }

  #read(chunk: Buffer | string): void {
    const noise: string[] = [];
    for (const frame of this.#splitter.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)) {
      if (this.#closed) break;
      if (frame.kind === 'line') this.#line(frame.bytes, noise);
      else this.#tooLong(frame.start, frame.kind === 'skipped' ? frame.end : null);
    }
    if (noise.length > 0) this.#noise?.(noise);
    this.#restAfter(noise.length);
  }

  #line(bytes: Buffer, noise: string[]): void {
    const messages = parseLine(bytes);
    if (messages.length === 0) noise.push(...noiseIn(bytes));
    for (const message of messages) this.#message?.(message, bytes.length, null);
  }

  /** What is sent in one turn of the event loop goes out in one write. */
  #gather(): void {
    if (this.#gathering) return;
    this.#gathering = true;
    this.#stdin.cork();
    setImmediate(() => {
      this.#gathering = false;
      this.#stdin.uncork();
    });
  }

  #tooLong(start: Buffer, end: Buffer | null): void {
    const edges = { start: start.toString('latin1'), end: end?.toString('latin1') ?? null };
    this.#oversized?.(this.#maxMessageBytes, edges);
  }

  #restAfter(noiseLines: number): void {
    const ms = noiseLines / NOISE_PER_MS;
    if (ms < SHORTEST_REST_MS || this.#closed) return;
    this.#stdout.pause();
    this.#rest = setTimeout(() => this.#stdout.resume(), ms);
    this.#rest.unref();
  }

  #stdinGone(): void {
    if (this.#stdinBroken || this.#closed) return;
    this.#stdinBroken = true;
    // What it wrote before it went is still in the pipe.
    this.#drain = setTimeout(() => this.#end('it closed its stdin'), DRAIN_MS);
  }

  #end(why: string): void {
    if (this.#closed) return;
    if (this.#drain) clearTimeout(this.#drain);
    if (this.#rest) {
      clearTimeout(this.#rest);
      this.#stdout.resume();
    }
    const noise = noiseIn(this.#splitter.end());
    if (noise.length > 0) this.#noise?.(noise);
    this.#closed = closed(why);
    this.#close?.(this.#closed);
  }
}

/** The line as text; none when it is blank. */
function noiseIn(bytes: Buffer): readonly string[] {
  const text = bytes.subarray(0, MAX_NOISE_BYTES).toString('utf8').trimEnd();
  return text === '' ? [] : [text];
}

function parseLine(bytes: Buffer): readonly RpcMessage[] {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0d);
  if (first !== 0x7b && first !== 0x5b) return [];
  try {
    return messagesIn(JSON.parse(bytes.toString('utf8')));
  } catch {
    return [];
  }
}

function closed(why: string): PeerError {
  return new PeerError('closed', { what: 'the connection to the server ended', why });
}
