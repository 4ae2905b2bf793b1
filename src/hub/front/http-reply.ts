import type { ServerResponse } from 'node:http';
import type { RpcMessage } from '../../protocol/json-rpc.ts';
import type { AnswerStream } from './answer-stream.ts';

/** A stream that says nothing is kept alive for proxies and clients that count silence. Milliseconds. */
const KEEP_ALIVE_MS = 15_000;

/** Bytes a client may leave unread before what is merely told it (progress, logs) is dropped. */
export const BEHIND_BYTES = 4 * 1024 * 1024;

/**
 * The answer to one POST: plain JSON where there is nothing to say before it, an event stream as soon as there is, or
 * when it takes long.
 */
export class HttpReply implements AnswerStream {
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #keepAlive: NodeJS.Timeout;
  #streaming = false;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>> = {}) {
    this.#response = response;
    this.#headers = headers;
    this.#keepAlive = setInterval(() => this.#comment(), KEEP_ALIVE_MS);
    response.on('close', () => clearInterval(this.#keepAlive));
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Called when the client has let go before the end. */
  onGone(listener: () => void): void {
    const gone = (): void => {
      if (!this.#response.writableFinished) listener();
    };
    if (this.#response.closed) queueMicrotask(gone);
    else this.#response.on('close', gone);
  }

  /** Something before the answer. Returns false where the client is gone or too far behind. */
  tell(message: RpcMessage): boolean {
    if (!this.isOpen || this.#response.writableLength > BEHIND_BYTES) return false;
    this.event('message', JSON.stringify(message));
    return true;
  }

  /** One event of the stream, however far behind the client is. `data` is one line. Returns the size of the data in bytes. */
  event(name: string, data: string): number {
    if (!this.isOpen) return 0;
    this.#stream();
    this.#response.write(`event: ${name}\ndata: ${data}\n\n`);
    return Buffer.byteLength(data);
  }

  /** The answer itself. `status` counts only where nothing was told before. Returns its size in bytes. */
  end(message: RpcMessage | readonly RpcMessage[], status = 200): number {
    if (!this.isOpen) return 0;
    clearInterval(this.#keepAlive);
    const text = JSON.stringify(message);
    if (this.#streaming) {
      this.#response.end(`event: message\ndata: ${text}\n\n`);
      return text.length;
    }
    const body = Buffer.from(text);
    this.#response.writeHead(status, {
      ...this.#headers,
      'content-type': 'application/json',
      'content-length': body.length,
    });
    this.#response.end(body);
    return body.length;
  }

  /** Ends a stream that needs no answer. */
  close(): void {
    clearInterval(this.#keepAlive);
    if (this.isOpen) this.#response.end();
  }

  /** Opens the event stream now. */
  stream(): void {
    this.#stream();
    this.#response.flushHeaders();
  }

  #stream(): void {
    if (this.#streaming) return;
    this.#streaming = true;
    this.#response.writeHead(200, { ...this.#headers, ...STREAM_HEADERS });
  }

  #comment(): void {
    if (!this.isOpen) return;
    this.#stream();
    this.#response.write(': still here\n\n');
  }
}

/** `X-Accel-Buffering` keeps nginx from holding events back (2026-07-28, Streamable HTTP). */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;
