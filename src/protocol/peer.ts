import type { Channel } from './channel.ts';
import { type Handshake, HEADER_MISMATCH } from './era.ts';
import { type HandshakeOptions, initialize, shakeHands } from './handshake.ts';
import { HttpChannel } from './http-channel.ts';
import { httpTarget, masker, secretsOf } from './http-target.ts';
import { untilComplete } from './input-required.ts';
import type { JsonObject, RpcAnswer } from './json-rpc.ts';
import { EMPTY_LISTING, type Listing, listAll } from './listing.ts';
import { mirroredParams } from './param-headers.ts';
import { asPeerError, type PeerError } from './peer-error.ts';
import { type ClientInfo, type Era, modernParams } from './revisions.ts';
import {
  answerPing,
  type ExchangeOptions,
  type NotificationListener,
  type QuestionHandler,
  type RequestOptions,
  RpcSession,
} from './rpc-session.ts';
import { SseChannel } from './sse-channel.ts';

/** Whom to talk to. The pipes of a stdio server belong to whoever started it. */
export type PeerTarget =
  | { readonly kind: 'stdio'; readonly channel: Channel }
  | { readonly kind: 'http'; readonly url: string; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'sse'; readonly url: string; readonly headers?: Readonly<Record<string, string>> };

export interface ConnectOptions {
  /** The era remembered for this server; null or absent = find out. */
  readonly era?: Era | null;
  /** For the whole connect. Milliseconds; default 30 s. */
  readonly timeoutMs?: number;
  /** stdio: silence after `server/discover` before `initialize` is sent too. Milliseconds; default 2 s. */
  readonly probeSilenceMs?: number;
  readonly signal?: AbortSignal;
  /** How we introduce ourselves. */
  readonly clientInfo?: ClientInfo;
  /** What a server may ask of us; default nothing. Whoever declares something answers it with {@link Link.onQuestion}. */
  readonly capabilities?: JsonObject;
  /** The parameters of `initialize` as a client of ours sent them, where this connection is for that client alone. */
  readonly initializeParams?: JsonObject;
  /** Values that must not show up in problems; headers and URL secrets of the target are masked anyway. */
  readonly secrets?: readonly string[];
  /** Size limit of one message in bytes for http and sse; default 16 MiB. */
  readonly maxMessageBytes?: number;
}

/**
 * An open connection that messages are passed through: what goes out and what comes back stays as it is, the envelope of
 * its era included.
 */
export interface Link {
  readonly era: Era;
  readonly revision: string;
  readonly capabilities: JsonObject;
  /** The whole result of `initialize` or `server/discover`, as it came. */
  readonly greeting: JsonObject;
  /** Resolves with the answer, error or not; rejects with a {@link PeerError} where none came. */
  exchange(method: string, params: JsonObject, options?: ExchangeOptions): Promise<RpcAnswer>;
  notify(method: string, params?: JsonObject): Promise<void>;
  /** What the server says unasked, or about nothing in particular. Returns a function that ends it. */
  onNotification(listener: NotificationListener): () => void;
  /** Who answers what the server asks; by default a `ping` is all that is answered. */
  onQuestion(handler: QuestionHandler): void;
  /** Legacy HTTP: opens the stream on which the server speaks unasked, and keeps it open. Nothing to do elsewhere. */
  listen(): void;
  /** Called once, also when it is closed already. Never for http, which has no connection to lose, unless we close. */
  onClosed(listener: (reason: PeerError) => void): () => void;
  /** Ends a legacy HTTP session, closes a stdio server's stdin. */
  close(): Promise<void>;
}

/** A server we shook hands with. Every method rejects with a {@link PeerError} and with nothing else. */
export interface Peer extends Link {
  /** What to pass as `era` the next time: `modern` also where a slow start made us greet such a server the old way. */
  readonly eraToRemember: Era;
  /** What it is reached over in the end: an `http` target may turn out to be an `sse` server. */
  readonly transport: Channel['transport'];
  readonly serverInfo: Handshake['serverInfo'];
  readonly instructions: string | null;
  /**
   * Sends a request with what its era needs around it; resolves with the raw `result`. What a modern server needs before
   * it can answer is asked like any other question, and `timeoutMs` is for each time that it is sent.
   */
  request(method: string, params?: JsonObject, options?: RequestOptions): Promise<JsonObject>;
  /** One cheap question that every server of its era answers: `ping`, or `server/discover` again. */
  ping(timeoutMs: number): Promise<void>;
  /**
   * All pages, asked whatever the capabilities say. `timeoutMs` is for all pages together. Over modern HTTP without the
   * tools whose `x-mcp-header` marks are against the rules: nobody may call those.
   */
  listTools(options?: RequestOptions): Promise<Listing>;
  /** Empty without a request where the capability is not declared. */
  listPrompts(options?: RequestOptions): Promise<Listing>;
  listResources(options?: RequestOptions): Promise<Listing>;
  listResourceTemplates(options?: RequestOptions): Promise<Listing>;
}

const CONNECT_MS = 30_000;
const PROBE_SILENCE_MS = 2000;
/** Statuses that tell a POST is nothing the server knows: the 2024-11-05 transport may be behind it. */
const NO_POST_HERE: readonly (number | null)[] = [400, 404, 405];

/**
 * Connects, finds the era, shakes hands. Rejects with a {@link PeerError}; connections made here are closed then,
 * the given pipes of a stdio server are left as they are.
 */
export async function connectPeer(target: PeerTarget, options: ConnectOptions = {}): Promise<Peer> {
  const { timeoutMs = CONNECT_MS, probeSilenceMs = PROBE_SILENCE_MS, era = null } = options;
  const handshake: HandshakeOptions = {
    era,
    timeoutMs,
    probeSilenceMs,
    clientInfo: options.clientInfo ?? { name: 'mcp-cockpit', version: '0.1.0' },
    capabilities: options.capabilities ?? {},
    signal: options.signal ?? new AbortController().signal,
    ...(options.initializeParams && { initializeParams: options.initializeParams }),
  };
  try {
    if (target.kind === 'stdio') return await connect(target.channel, masker(options.secrets ?? []), handshake);
    return await connectOverHttp(target, options, handshake);
  } catch (error) {
    throw asPeerError(error);
  }
}

async function connectOverHttp(
  { kind, url, headers = {} }: Exclude<PeerTarget, { kind: 'stdio' }>,
  { secrets = [], maxMessageBytes }: ConnectOptions,
  handshake: HandshakeOptions,
): Promise<Peer> {
  const mask = masker([...secrets, ...secretsOf(httpTarget(url, headers))]);
  const limits = maxMessageBytes === undefined ? {} : { maxMessageBytes };
  const overSse = () => connectOrClose(new SseChannel(url, headers, limits), mask, { ...handshake, era: 'legacy' });
  if (kind === 'sse') return await overSse();
  try {
    return await connectOrClose(new HttpChannel(url, headers, limits), mask, handshake);
  } catch (error) {
    const failure = asPeerError(error);
    if (failure.rpc || !NO_POST_HERE.includes(failure.status)) throw failure;
    // The older transport is the last thing to try; that a POST failed is the better story if it is not there.
    return await overSse().catch(() => Promise.reject(failure));
  }
}

async function connectOrClose(
  channel: Channel,
  mask: (text: string) => string,
  handshake: HandshakeOptions,
): Promise<Peer> {
  try {
    return await connect(channel, mask, handshake);
  } catch (error) {
    await channel.close();
    throw error;
  }
}

async function connect(channel: Channel, mask: (text: string) => string, options: HandshakeOptions): Promise<Peer> {
  const session = new RpcSession(channel, mask);
  return new ConnectedPeer(session, await shakeHands(session, options), options);
}

class ConnectedPeer implements Peer {
  readonly #session: RpcSession;
  readonly #options: HandshakeOptions;
  #handshake: Handshake;
  #renewal: Promise<void> | null = null;
  #question: QuestionHandler = answerPing;
  #sessionLost = false;
  #listens = false;

  constructor(session: RpcSession, handshake: Handshake, options: HandshakeOptions) {
    this.#session = session;
    this.#handshake = handshake;
    this.#options = options;
  }

  get era(): Era {
    return this.#handshake.era;
  }

  get eraToRemember(): Era {
    return this.#handshake.speaksModern ? 'modern' : this.#handshake.era;
  }

  get revision(): string {
    return this.#handshake.revision;
  }

  get transport(): Channel['transport'] {
    return this.#session.channel.transport;
  }

  get serverInfo(): Handshake['serverInfo'] {
    return this.#handshake.serverInfo;
  }

  get capabilities(): JsonObject {
    return this.#handshake.capabilities;
  }

  get instructions(): string | null {
    return this.#handshake.instructions;
  }

  get greeting(): JsonObject {
    return this.#handshake.greeting;
  }

  get receivedBytes(): number {
    return this.#session.receivedBytes;
  }

  async request(method: string, params: JsonObject = {}, options: RequestOptions = {}): Promise<JsonObject> {
    if (this.era === 'legacy') return await this.#inSession(() => this.#session.request(method, params, options));
    const signal = options.signal ?? new AbortController().signal;
    const send = (asked: JsonObject) =>
      this.#withParamHeaders(method, () => this.#session.request(method, modernParams(asked, this.#options), options));
    return await untilComplete(method, params, send, (question) => this.#question(question, signal));
  }

  async exchange(method: string, params: JsonObject, options?: ExchangeOptions): Promise<RpcAnswer> {
    const ask = () => this.#session.exchange(method, params, options);
    return this.era === 'legacy' ? await this.#inSession(ask) : await this.#withParamHeaders(method, ask);
  }

  notify(method: string, params?: JsonObject): Promise<void> {
    return this.#session.notify(method, params);
  }

  onQuestion(handler: QuestionHandler): void {
    this.#question = handler;
    this.#session.onQuestion(handler);
  }

  listen(): void {
    const { channel } = this.#session;
    this.#listens = true;
    if (this.era === 'legacy' && channel instanceof HttpChannel) channel.listen();
  }

  async ping(timeoutMs: number): Promise<void> {
    await this.request(this.era === 'modern' ? 'server/discover' : 'ping', {}, { timeoutMs });
  }

  async listTools(options?: RequestOptions): Promise<Listing> {
    const listing = await listAll(this, 'tools/list', 'tools', options);
    if (this.era === 'legacy' || this.transport !== 'http') return listing;
    return { ...listing, items: listing.items.filter(({ inputSchema }) => mirroredParams(inputSchema) !== null) };
  }

  listPrompts(options?: RequestOptions): Promise<Listing> {
    return this.#listDeclared('prompts', options);
  }

  listResources(options?: RequestOptions): Promise<Listing> {
    return this.#listDeclared('resources', options);
  }

  listResourceTemplates(options?: RequestOptions): Promise<Listing> {
    if (this.capabilities.resources === undefined) return Promise.resolve(EMPTY_LISTING);
    return listAll(this, 'resources/templates/list', 'resourceTemplates', options);
  }

  onNotification(listener: NotificationListener): () => void {
    return this.#session.onNotification(listener);
  }

  onClosed(listener: (reason: PeerError) => void): () => void {
    return this.#session.onClosed(listener);
  }

  close(): Promise<void> {
    return this.#session.channel.close();
  }

  #listDeclared(kind: 'prompts' | 'resources', options?: RequestOptions): Promise<Listing> {
    if (this.capabilities[kind] === undefined) return Promise.resolve(EMPTY_LISTING);
    return listAll(this, `${kind}/list`, kind, options);
  }

  /**
   * A server that misses a header for a parameter (2026-07-28, Streamable HTTP, custom headers) did nothing yet: its list
   * says which parameters want one, and the call is made once more.
   */
  async #withParamHeaders<T>(method: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (method !== 'tools/call' || asPeerError(error).rpc?.code !== HEADER_MISMATCH) throw error;
      await this.listTools();
      return await ask();
    }
  }

  /** Servers forget sessions when they restart or when one was idle; a client begins another (2025-11-25, sessions). */
  async #inSession<T>(ask: () => Promise<T>): Promise<T> {
    const { channel } = this.#session;
    if (this.era === 'modern' || !(channel instanceof HttpChannel)) return await ask();
    if (this.#sessionLost) await this.#renew(channel);
    const { sessionId } = channel;
    try {
      return await ask();
    } catch (error) {
      if (sessionId === null || !isSessionLost(asPeerError(error))) throw error;
      if (channel.sessionId === sessionId) this.#sessionLost = true;
      if (this.#sessionLost) await this.#renew(channel);
      return await ask();
    }
  }

  /** Once for all requests that notice the loss together. */
  async #renew(channel: HttpChannel): Promise<void> {
    this.#renewal ??= this.#beginSession(channel).finally(() => {
      this.#renewal = null;
    });
    await this.#renewal;
  }

  async #beginSession(channel: HttpChannel): Promise<void> {
    channel.forgetSession();
    this.#handshake = await initialize(this.#session, { ...this.#options, signal: new AbortController().signal });
    this.#sessionLost = false;
    if (this.#listens) this.listen();
  }
}

/** 404 by the spec; servers on SDK v1 also say 400 with code -32000. */
function isSessionLost({ status, rpc }: PeerError): boolean {
  return status === 404 || (status === 400 && rpc?.code === -32000);
}
