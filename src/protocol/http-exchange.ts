import type { IncomingMessage } from 'node:http';
import { abortReason, describeUrl, type HttpClient, type HttpRequest } from './http-client.ts';
import { connectFailure, statusFailure } from './http-failure.ts';
import type { StreamPosition, TakeEvent } from './http-streams.ts';
import { PeerError } from './peer-error.ts';
import { SseParser } from './sse-parser.ts';

export interface ExchangeOptions {
  readonly client: HttpClient;
  /** Replaces what must not show up in messages. */
  readonly mask: (text: string) => string;
  /** Size limit of a body, or of one event, in bytes. */
  readonly limit: number;
  /** How long the server may be silent, in milliseconds; 0 = for ever. */
  readonly idleTimeoutMs: number;
}

/** An error page is read this far. */
const MAX_ERROR_BYTES = 64 * 1024;
/** How long a stream may stay open once everything awaited from it has come. Milliseconds. */
const LINGER_MS = 1000;

const EVENT_ID = /^[\x21-\x7e]([\x20-\x7e]{0,1022}[\x21-\x7e])?$/;

/** One HTTP request and its answer, from the first byte to the last. Everything rejects with a {@link PeerError}. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #abort = new AbortController();
  readonly #where: string;
  #idle: NodeJS.Timeout | null = null;
  #response: IncomingMessage | null = null;
  #parser: SseParser | null = null;

  constructor(url: URL, options: ExchangeOptions) {
    this.#options = options;
    this.#where = describeUrl(url);
  }

  /** Gives the exchange up; what is awaited rejects with `reason`. */
  cancel(reason: PeerError | null): void {
    this.#abort.abort(reason ?? undefined);
  }

  /** Sends the request. Resolves when the answer has begun, rejects where its status is not 2xx. */
  async begin(request: Omit<HttpRequest, 'signal'>): Promise<IncomingMessage> {
    this.#touch();
    const response = await this.#options.client.open({ ...request, signal: this.#abort.signal });
    this.#response = response;
    this.#touch();
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return response;
    const body = this.#options.mask(await this.#text(MAX_ERROR_BYTES, 'cut'));
    const contentType = response.headers['content-type'] ?? '';
    throw statusFailure({ status, body, contentType, location: redirectOrigin(response, request.url) }, this.#where);
  }

  /** The whole body as text; rejects when it is larger than the limit. */
  body(): Promise<string> {
    return this.#text(this.#options.limit, 'reject');
  }

  /** How far {@link events} has read. An id that no header can carry is none. */
  get position(): StreamPosition {
    const { lastEventId = '', retryMs = null } = this.#parser ?? {};
    return { lastEventId: EVENT_ID.test(lastEventId) ? lastEventId : '', retryMs };
  }

  /** Feeds each event to `take` until it says `done` or the stream ends. */
  async events(take: TakeEvent): Promise<void> {
    const parser = new SseParser(this.#options.limit);
    this.#parser = parser;
    let done = false;
    for await (const chunk of this.#chunks()) {
      for (const item of done ? [] : parser.push(chunk)) {
        if (take(item) === 'done' && !done) {
          done = true;
          this.#linger();
        }
      }
    }
  }

  /** Lets go of the connection: kept alive when the answer was read to its end, else ended. */
  end(): void {
    if (this.#idle) clearTimeout(this.#idle);
    const response = this.#response;
    if (response && !response.readableEnded) response.destroy();
  }

  /** Reads an answer nobody needs, so that its connection can be used again. */
  async discard(): Promise<void> {
    await this.#text(MAX_ERROR_BYTES, 'cut');
  }

  async #text(limit: number, beyond: 'cut' | 'reject'): Promise<string> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.#chunks()) {
      parts.push(chunk);
      size += chunk.length;
      if (size <= limit) continue;
      if (beyond === 'cut') break;
      throw new PeerError('protocol', { what: `${this.#where} answered with more than ${megabytes(limit)}` });
    }
    return Buffer.concat(parts).toString('utf8');
  }

  async *#chunks(): AsyncGenerator<Buffer> {
    const response = this.#response;
    if (!response) return;
    try {
      for await (const chunk of response) {
        this.#touch();
        yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      }
    } catch (error) {
      const { signal } = this.#abort;
      throw signal.aborted ? abortReason(signal) : connectFailure(error, this.#where);
    }
  }

  #linger(): void {
    const timer = setTimeout(() => this.#response?.destroy(), LINGER_MS);
    this.#response?.once('close', () => clearTimeout(timer));
  }

  #touch(): void {
    if (this.#idle) clearTimeout(this.#idle);
    const { idleTimeoutMs } = this.#options;
    if (idleTimeoutMs === 0) return;
    const reason = new PeerError('timeout', { what: `${this.#where} said nothing for ${idleTimeoutMs / 1000} s` });
    this.#idle = setTimeout(() => this.cancel(reason), idleTimeoutMs);
  }
}

function megabytes(bytes: number): string {
  return bytes >= 1024 * 1024 ? `${Math.floor(bytes / (1024 * 1024))} MiB` : `${bytes} bytes`;
}

function redirectOrigin(response: IncomingMessage, url: URL): string | null {
  const status = response.statusCode ?? 0;
  if (status < 300 || status >= 400 || !response.headers.location) return null;
  const target = URL.parse(response.headers.location, url.href);
  return target ? describeUrl(target) : 'an unreadable URL';
}
