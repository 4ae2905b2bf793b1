import type { IncomingMessage } from 'node:http';
import { type Channel, MAX_MESSAGE_BYTES } from './channel.ts';
import { ExchangeChannel, messagesOf } from './exchange-channel.ts';
import { describeUrl, HttpClient } from './http-client.ts';
import { Exchange } from './http-exchange.ts';
import { isModernMessage, mcpHeaders } from './http-headers.ts';
import { keepListening, readOn, type StreamPosition, type TakeEvent } from './http-streams.ts';
import { type HttpTarget, httpTarget, masker, secretsOf } from './http-target.ts';
import { isErrorResponse, isRequest, isResponse, type RequestId, type RpcMessage } from './json-rpc.ts';
import { KnownParams } from './param-headers.ts';
import { asPeerError, excerpt, PeerError } from './peer-error.ts';
import type { SseItem } from './sse-parser.ts';

export interface HttpChannelOptions {
  /** Size limit of a JSON answer, or of one event of a stream, in bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** How long the server may be silent within one exchange, in milliseconds; default 5 min, 0 = for ever. */
  readonly idleTimeoutMs?: number;
}

const IDLE_MS = 300_000;
/** How long a server may take to end a session. Milliseconds. */
const GOODBYE_MS = 2000;

/** Requests that change nothing, so that one sent into a dying connection may be sent again. */
const REPEATABLE = /^(initialize|ping|server\/discover|(tools|prompts|resources|resources\/templates)\/list)$/;

/**
 * The client side of Streamable HTTP (2025-03-26 to 2026-07-28) at message level: each message is one POST, answers
 * arrive as JSON or as an event stream. The era stands in the messages themselves; session id and negotiated
 * revision of a legacy conversation are kept here. `send` of a request resolves when its answer is complete.
 */
export class HttpChannel extends ExchangeChannel implements Channel {
  readonly transport = 'http';
  readonly #target: HttpTarget;
  readonly #client = new HttpClient();
  readonly #mask: (text: string) => string;
  readonly #limit: number;
  readonly #idleTimeoutMs: number;
  readonly #params = new KnownParams();
  #sessionId: string | null = null;
  #revision: string | null = null;
  #listening = false;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}, options: HttpChannelOptions = {}) {
    super();
    this.#target = httpTarget(url, headers);
    this.#mask = masker(secretsOf(this.#target));
    this.#limit = options.maxMessageBytes ?? MAX_MESSAGE_BYTES;
    this.#idleTimeoutMs = options.idleTimeoutMs ?? IDLE_MS;
  }

  /** The legacy session the server gave us, or null. */
  get sessionId(): string | null {
    return this.#sessionId;
  }

  /** The negotiated legacy revision, sent along from now on. */
  useRevision(revision: string): void {
    this.#revision = revision;
  }

  /** Forgets a session the server no longer knows, so that `initialize` can begin another. */
  forgetSession(): void {
    this.#sessionId = null;
    this.#revision = null;
  }

  async send(message: RpcMessage, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (this.closed) throw this.closed;
    await this.#exchange(async (exchange) => {
      const response = await exchange.begin({
        method: 'POST',
        url: this.#target.url,
        headers: {
          'user-agent': 'mcp-cockpit',
          ...this.#target.headers,
          ...mcpHeaders(message, { sessionId: this.#sessionId, revision: this.#revision }),
          ...(isModernMessage(message) && this.#params.headersFor(message)),
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify(message),
        repeatable: isRequest(message) && REPEATABLE.test(message.method),
      });
      if (isRequest(message) && message.method === 'initialize') this.#sessionId = sessionIdOf(response);
      await this.#receive(exchange, response, message, signal);
    }, signal);
  }

  /**
   * Opens the GET stream on which a legacy server speaks unasked, and opens it again when it ends, the later the more
   * often that fails. A server without one says so once (405) and is not asked again.
   */
  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    const take: TakeEvent = (item) => {
      this.#take(item, null);
      return 'more';
    };
    const open = (from: StreamPosition | null) => this.#openStream(from, take, this.#newExchange(0));
    void keepListening(open, () => this.closed !== null).then(() => {
      this.#listening = false;
    });
  }

  /** Reads the GET stream, from an earlier position where there is one, until it ends or `take` is done. */
  async #openStream(
    from: StreamPosition | null,
    take: TakeEvent,
    exchange: Exchange,
    signal?: AbortSignal,
  ): Promise<StreamPosition> {
    return await this.during(exchange, signal, async () => {
      const response = await exchange.begin({
        method: 'GET',
        url: this.#target.url,
        headers: {
          'user-agent': 'mcp-cockpit',
          ...this.#target.headers,
          ...this.#legacyHeaders(),
          ...(from && from.lastEventId !== '' && { 'last-event-id': from.lastEventId }),
          accept: 'text/event-stream',
        },
        repeatable: true,
      });
      if ((response.headers['content-type'] ?? '').includes('text/event-stream')) await exchange.events(take);
      return exchange.position;
    });
  }

  #legacyHeaders(): Readonly<Record<string, string>> {
    return {
      ...(this.#sessionId === null ? {} : { 'mcp-session-id': this.#sessionId }),
      ...(this.#revision === null ? {} : { 'mcp-protocol-version': this.#revision }),
    };
  }

  /** Gives up what is under way and ends a legacy session with DELETE (waits at most 2 s for that). */
  async close(): Promise<void> {
    if (!this.end(new PeerError('closed', { what: 'the connection to the server ended', why: 'we closed it' }))) return;
    await this.#goodbye().catch(() => undefined);
    this.#client.destroy();
  }

  async #goodbye(): Promise<void> {
    if (this.#sessionId === null) return;
    const headers = { ...this.#target.headers, ...this.#legacyHeaders() };
    await this.#exchange(async (exchange) => {
      await exchange.begin({ method: 'DELETE', url: this.#target.url, headers, repeatable: false });
    }, AbortSignal.timeout(GOODBYE_MS));
  }

  async #exchange(run: (exchange: Exchange) => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const exchange = this.#newExchange(this.#idleTimeoutMs);
    await this.during(exchange, signal, () => run(exchange));
  }

  #newExchange(idleTimeoutMs: number): Exchange {
    return new Exchange(this.#target.url, {
      client: this.#client,
      mask: this.#mask,
      limit: this.#limit,
      idleTimeoutMs,
    });
  }

  async #receive(
    exchange: Exchange,
    response: IncomingMessage,
    sent: RpcMessage,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (!isRequest(sent)) {
      await exchange.discard();
      return;
    }
    const type = response.headers['content-type'] ?? '';
    let answered = false;
    const note = (messages: readonly RpcMessage[]) => {
      for (const message of messages) {
        answered ||= (isResponse(message) || isErrorResponse(message)) && message.id === sent.id;
        if (sent.method === 'tools/list' && isResponse(message)) this.#params.learn(message.result);
      }
    };
    if (type.includes('text/event-stream')) {
      const take: TakeEvent = (item) => {
        note(this.#take(item, sent.id));
        return answered ? 'done' : 'more';
      };
      await this.#readStream(exchange, take, () => answered, { signal, resumable: !isModernMessage(sent) });
    } else if (type.includes('json')) {
      const text = await exchange.body();
      const messages = messagesOf(text);
      note(messages);
      this.tell(messages, text.length, sent.id);
    } else {
      await exchange.discard();
    }
    if (!answered) throw this.#unanswered(sent.method, response, type);
  }

  /** Reads the stream of an answer; a legacy one that breaks off after an event with an id is taken up again there. */
  async #readStream(
    exchange: Exchange,
    take: TakeEvent,
    isDone: () => boolean,
    { signal, resumable }: { readonly signal: AbortSignal | undefined; readonly resumable: boolean },
  ): Promise<void> {
    const failure = await exchange.events(take).then(() => null, asPeerError);
    const { position } = exchange;
    if (resumable && position.lastEventId !== '' && !isDone() && !signal?.aborted && !this.closed) {
      const open = (from: StreamPosition) =>
        this.#openStream(from, take, this.#newExchange(this.#idleTimeoutMs), signal);
      await readOn(position, open, isDone, signal);
    }
    if (failure && !isDone()) throw failure;
  }

  /** Hands out what an event holds, and returns it. The first of a stream may hold nothing but its id. */
  #take(item: SseItem, related: RequestId | null): readonly RpcMessage[] {
    if ('oversized' in item) {
      this.tellOversized(this.#limit);
      return [];
    }
    if (item.event !== 'message' || item.data === '') return [];
    const messages = messagesOf(item.data);
    this.tell(messages, item.data.length, related);
    return messages;
  }

  #unanswered(method: string, response: IncomingMessage, type: string): PeerError {
    const where = describeUrl(this.#target.url);
    const status = response.statusCode ?? null;
    if (type.includes('text/event-stream')) {
      return new PeerError('closed', { what: `${where} ended its stream before it answered ${method}` }, { status });
    }
    const sent = type.includes('json') ? 'JSON that is no answer' : excerpt(this.#mask(type)) || 'nothing';
    const why = `it sent ${sent} (HTTP ${status})`;
    return new PeerError('protocol', { what: `${where} did not answer ${method} with JSON-RPC`, why }, { status });
  }
}

function sessionIdOf(response: IncomingMessage): string | null {
  const value = response.headers['mcp-session-id'];
  return typeof value === 'string' && /^[\x21-\x7e]{1,1024}$/.test(value) ? value : null;
}
