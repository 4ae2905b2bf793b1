import { type Channel, MAX_MESSAGE_BYTES } from './channel.ts';
import { ExchangeChannel, messagesOf } from './exchange-channel.ts';
import type { HttpChannelOptions } from './http-channel.ts';
import { describeUrl, HttpClient } from './http-client.ts';
import { Exchange, type ExchangeOptions } from './http-exchange.ts';
import { type HttpTarget, httpTarget, masker, secretsOf } from './http-target.ts';
import type { RpcMessage } from './json-rpc.ts';
import { PeerError } from './peer-error.ts';
import type { SseItem } from './sse-parser.ts';

/**
 * The client side of HTTP+SSE (revision 2024-11-05): one GET stream carries everything the server says, and its first
 * event names the URL that messages are posted to. The connection is as long as the stream.
 */
export class SseChannel extends ExchangeChannel implements Channel {
  readonly transport = 'sse';
  readonly #target: HttpTarget;
  readonly #options: ExchangeOptions;
  readonly #stream: Exchange;
  readonly #endpoint: Promise<URL>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}, options: HttpChannelOptions = {}) {
    super();
    this.#target = httpTarget(url, headers);
    this.#options = {
      client: new HttpClient(),
      mask: masker(secretsOf(this.#target)),
      limit: options.maxMessageBytes ?? MAX_MESSAGE_BYTES,
      // The stream of a server with nothing to say is silent; requests have time limits of their own.
      idleTimeoutMs: options.idleTimeoutMs ?? 0,
    };
    this.#stream = new Exchange(this.#target.url, this.#options);
    this.#endpoint = this.#listen();
    this.#endpoint.catch(() => undefined);
  }

  /** Resolves when the server named its endpoint; rejects where it is no HTTP+SSE server. */
  async opened(): Promise<void> {
    await this.#endpoint;
  }

  async send(message: RpcMessage, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    const url = await this.#endpoint;
    if (this.closed) throw this.closed;
    const exchange = new Exchange(url, this.#options);
    await this.during(exchange, signal, async () => {
      await exchange.begin({
        method: 'POST',
        url,
        headers: { ...this.#target.headers, 'content-type': 'application/json' },
        body: JSON.stringify(message),
        repeatable: false,
      });
      await exchange.discard();
    });
  }

  close(): Promise<void> {
    this.#letGo(new PeerError('closed', { what: 'the connection to the server ended', why: 'we closed it' }));
    return Promise.resolve();
  }

  #listen(): Promise<URL> {
    return new Promise((resolve, reject) => {
      this.during(this.#stream, undefined, () => this.#read(resolve))
        .then(
          () => new PeerError('closed', { what: 'the connection to the server ended', why: 'its event stream ended' }),
          (error: unknown) => error,
        )
        .then((reason) => {
          reject(reason);
          this.#letGo(
            reason instanceof PeerError ? reason : new PeerError('closed', { what: 'the event stream broke' }),
          );
        });
    });
  }

  async #read(named: (url: URL) => void): Promise<void> {
    const { url, headers } = this.#target;
    const response = await this.#stream.begin({
      method: 'GET',
      url,
      headers: { 'user-agent': 'mcp-cockpit', ...headers, accept: 'text/event-stream' },
      repeatable: true,
    });
    if (!(response.headers['content-type'] ?? '').includes('text/event-stream')) {
      const status = response.statusCode ?? null;
      throw new PeerError('protocol', { what: `${describeUrl(url)} opens no event stream` }, { status });
    }
    await this.#stream.events((item) => {
      this.#take(item, named);
      return 'more';
    });
  }

  #take(item: SseItem, named: (url: URL) => void): void {
    if ('oversized' in item) {
      this.tellOversized(this.#options.limit);
    } else if (item.event === 'endpoint') {
      named(this.#endpointUrl(item.data));
    } else if (item.event === 'message') {
      this.tell(messagesOf(item.data), item.data.length, null);
    }
  }

  /** Credentials go to the endpoint, so it must stay where the stream is. */
  #endpointUrl(text: string): URL {
    const { url } = this.#target;
    const endpoint = URL.parse(text, url.href);
    if (endpoint?.origin === url.origin) return endpoint;
    const what = `${describeUrl(url)} names an endpoint on another origin, which is not followed`;
    throw new PeerError('protocol', { what });
  }

  #letGo(reason: PeerError): void {
    if (this.end(reason)) this.#options.client.destroy();
  }
}
