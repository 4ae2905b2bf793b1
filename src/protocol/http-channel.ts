import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Channel, MAX_MESSAGE_BYTES } from './channel.ts';
import { ExchangeChannel, messagesOf } from './exchange-channel.ts';
import { describeUrl, HttpClient } from './http-client.ts';
import { Exchange } from './http-exchange.ts';
import { mcpHeaders } from './http-headers.ts';
import { type HttpTarget, httpTarget, masker, secretsOf } from './http-target.ts';
import { isErrorResponse, isRequest, isResponse, type RpcMessage } from './json-rpc.ts';
import { excerpt, PeerError } from './peer-error.ts';

export interface HttpChannelOptions {
  /** Size limit of a JSON answer, or of one event of a stream, in bytes; default 16 MiB. */
  readonly maxMessageBytes?: number;
  /** How long the server may be silent within one exchange, in milliseconds; default 5 min, 0 = for ever. */
  readonly idleTimeoutMs?: number;
}

const IDLE_MS = 300_000;
/** How long a server may take to end a session. Milliseconds. */
const GOODBYE_MS = 2000;

/** Between the end of a GET stream and the next. Milliseconds. */
const FIRST_RELISTEN_MS = 1000;
const LONGEST_RELISTEN_MS = 30_000;

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
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: JSON.stringify(message),
        repeatable: isRequest(message) && REPEATABLE.test(message.method),
      });
      if (isRequest(message) && message.method === 'initialize') this.#sessionId = sessionIdOf(response);
      await this.#receive(exchange, response, message);
    }, signal);
  }

  /**
   * Opens the GET stream on which a legacy server speaks unasked, and opens it again when it ends, the later the more
   * often that fails. A server without one says so once (405) and is not asked again.
   */
  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    void this.#listenOn();
  }

  async #listenOn(): Promise<void> {
    for (let wait = FIRST_RELISTEN_MS; !this.closed; wait = Math.min(LONGEST_RELISTEN_MS, wait * 2)) {
      const began = performance.now();
      const verdict = await this.#hear().catch((error: unknown) => (isRefusal(error) ? 'refused' : 'ended'));
      if (verdict === 'refused') {
        this.#listening = false;
        return;
      }
      if (performance.now() - began > LONGEST_RELISTEN_MS) wait = FIRST_RELISTEN_MS;
      await sleep(wait, undefined, { ref: false });
    }
  }

  async #hear(): Promise<'ended'> {
    const exchange = this.#newExchange(0);
    return this.during<'ended'>(exchange, undefined, async () => {
      const response = await exchange.begin({
        method: 'GET',
        url: this.#target.url,
        headers: {
          'user-agent': 'mcp-cockpit',
          ...this.#target.headers,
          ...this.#legacyHeaders(),
          accept: 'text/event-stream',
        },
        repeatable: true,
      });
      if (!(response.headers['content-type'] ?? '').includes('text/event-stream')) return 'ended';
      await exchange.events((item) => {
        if ('oversized' in item) this.tellOversized(this.#limit);
        else if (item.event === 'message' && item.data !== '') this.tell(messagesOf(item.data), item.data.length, null);
        return 'more';
      });
      return 'ended';
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

  async #receive(exchange: Exchange, response: IncomingMessage, sent: RpcMessage): Promise<void> {
    if (!isRequest(sent)) {
      await exchange.discard();
      return;
    }
    const type = response.headers['content-type'] ?? '';
    let answered = false;
    const take = (text: string): boolean => {
      const messages = messagesOf(text);
      answered ||= messages.some(
        (message) => (isResponse(message) || isErrorResponse(message)) && message.id === sent.id,
      );
      this.tell(messages, text.length, sent.id);
      return answered;
    };
    if (type.includes('text/event-stream')) {
      await exchange.events((item) => {
        if ('oversized' in item) this.tellOversized(this.#limit);
        else if (item.event === 'message' && item.data !== '') return take(item.data) ? 'done' : 'more';
        return 'more';
      });
    } else if (type.includes('json')) {
      take(await exchange.body());
    } else {
      await exchange.discard();
    }
    if (!answered) throw this.#unanswered(sent.method, response, type);
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

/** It answered, and will answer the same again. A session it forgot is begun anew by the next request. */
function isRefusal(error: unknown): boolean {
  return error instanceof PeerError && error.status !== null && error.status >= 400 && error.status < 500;
}

function sessionIdOf(response: IncomingMessage): string | null {
  const value = response.headers['mcp-session-id'];
  return typeof value === 'string' && /^[\x21-\x7e]{1,1024}$/.test(value) ? value : null;
}
