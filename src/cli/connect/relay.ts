import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpChannel } from '../../protocol/http-channel.ts';
import { isModernMessage } from '../../protocol/http-headers.ts';
import {
  isErrorResponse,
  isNotification,
  isRequest,
  isResponse,
  type RequestId,
  type RpcError,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
} from '../../protocol/json-rpc.ts';
import { PeerError } from '../../protocol/peer-error.ts';
import { ProblemError, problemSentence } from '../../registry/problem.ts';
import type { HubLife } from './hub-life.ts';
import { SessionMemory } from './session-memory.ts';

export interface RelayParts {
  /** The hub; null where no supervisor runs and `start` is false. */
  open(start: boolean): Promise<HubLife | null>;
  /** To the client. */
  say(message: RpcMessage): void;
}

/** A message is sent so often in all, where the hub was not there or had forgotten the session. */
const TRIES = 3;
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;

const SERVER_ERROR = -32000;
const SESSION_NOT_FOUND = -32001;
const HEADER_MISMATCH = -32020;

/** Requests that change nothing: sent again where their answer was lost. */
const REPEATABLE =
  /^(ping|initialize|server\/discover|subscriptions\/listen|resources\/(read|(un)?subscribe)|logging\/setLevel|completion\/complete|prompts\/get|(tools|prompts|resources|resources\/templates)\/list)$/;

/**
 * Carries the messages of one client, of either era, to an endpoint of the hub and back. A supervisor that was restarted
 * goes unnoticed: the handshake is repeated, and what was never heard is said again.
 */
export class Relay {
  readonly #parts: RelayParts;
  readonly #memory = new SessionMemory();
  readonly #running = new Map<RequestId, { readonly request: RpcRequest; readonly abort: AbortController }>();
  /** What servers asked the client and got no answer to yet. */
  readonly #asked = new Set<RequestId>();
  /** Subscriptions that were made again: their client knows already that they exist. */
  readonly #resumed = new Set<RequestId>();
  #life: Promise<HubLife> | null = null;
  #renewal: Promise<void> | null = null;
  #greeting: Promise<void> | null = null;
  #idle: (() => void) | null = null;
  #ended = false;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /**
   * Finds the hub, so that the first message does not have to wait for it.
   *
   * @throws ProblemError when there is none and none can be started
   */
  async begin(): Promise<void> {
    await this.#open(true);
  }

  /** A message of the client. Resolves when the next may come: requests run beside each other, all else goes in order. */
  async receive(message: RpcMessage): Promise<void> {
    if (isRequest(message)) {
      const done = this.#request(message);
      if (message.method === 'initialize') this.#greeting = done;
      return;
    }
    if (isNotification(message) && this.#withdraw(message)) return;
    // Nobody waits any more for the answer to what a supervisor asked that is gone.
    if (!isNotification(message) && (message.id === null || !this.#asked.delete(message.id))) return;
    await this.#greeting;
    if (isNotification(message)) this.#memory.noticed(message);
    await this.#deliver(message, new AbortController().signal).catch(() => undefined);
    if (isNotification(message) && message.method === 'notifications/initialized') (await this.#life)?.channel.listen();
  }

  /** The client says no more: what it asked is still answered, then the session ends. */
  async end(): Promise<void> {
    for (const { request, abort } of this.#running.values()) {
      if (request.method === 'subscriptions/listen') abort.abort();
    }
    if (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    await this.close();
  }

  /** Lets go of everything at once. */
  async close(): Promise<void> {
    this.#ended = true;
    const life = await this.#life?.catch(() => null);
    this.#life = null;
    await life?.close();
  }

  async #request(request: RpcRequest): Promise<void> {
    const abort = new AbortController();
    this.#running.set(request.id, { request, abort });
    try {
      if (request.method === 'initialize') this.#memory.begins(request);
      else if (!isModernMessage(request)) await this.#greeting;
      await this.#deliver(request, abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) this.#parts.say({ jsonrpc: '2.0', id: request.id, error: errorOf(error) });
    } finally {
      this.#running.delete(request.id);
      this.#resumed.delete(request.id);
      if (this.#running.size === 0) this.#idle?.();
    }
  }

  async #deliver(message: RpcMessage, signal: AbortSignal): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const { life, channel } = await this.#ready();
      const { sessionId } = channel;
      try {
        if (isRequest(message) && message.method === 'initialize') channel.forgetSession();
        return await channel.send(message, { signal });
      } catch (error) {
        if (signal.aborted || tries === TRIES || !(error instanceof PeerError)) throw error;
        if (error.rpc?.code === SESSION_NOT_FOUND && sessionId !== null) await this.#renew(channel, sessionId);
        else if (error.rpc?.code === HEADER_MISMATCH && tries === 1) await this.#learnTools(channel, message, signal);
        else if (wasNotHeard(error) || (wasCutOff(error) && isRepeatable(message))) await this.#lost(life, message);
        else throw error;
      }
    }
  }

  async #ready(): Promise<{ readonly life: HubLife; readonly channel: HttpChannel }> {
    // What failed may have been a mere look for a supervisor, which starts none.
    const life = await (this.#life ?? this.#open(true)).catch(() => this.#life ?? this.#open(true));
    return { life, channel: life.channel };
  }

  #open(start: boolean): Promise<HubLife> {
    const opening = this.#beginLife(start);
    this.#life = opening;
    opening.catch(() => {
      if (this.#life === opening) this.#life = null;
    });
    return opening;
  }

  async #beginLife(start: boolean): Promise<HubLife> {
    const life = await this.#parts.open(start);
    if (!life) throw new ProblemError({ what: 'no supervisor runs', next: 'mcp start NAME brings one up' });
    const { channel, ended } = life;
    channel.onMessage((message, _bytes, related) => this.#heard(channel, message, related));
    try {
      if (this.#memory.hasBegun) await this.#memory.repeat(channel);
    } catch (error) {
      await life.close();
      throw error;
    }
    void ended.then(() => this.#lost(life, null));
    return life;
  }

  /** The hub is not where it was. */
  async #lost(life: HubLife, message: RpcMessage | null): Promise<void> {
    if (message && isRequest(message) && message.method === 'subscriptions/listen') this.#resumed.add(message.id);
    const present = await this.#life?.catch(() => null);
    if (present !== life) return;
    this.#life = null;
    void life.close();
    for (const requestId of this.#asked) {
      const params = { requestId, reason: 'the supervisor ended' };
      this.#parts.say({ jsonrpc: '2.0', method: 'notifications/cancelled', params });
    }
    this.#asked.clear();
    void this.#comeBack();
  }

  /** Waits for the hub without starting one: who stopped it may have had a reason. The next request does. */
  async #comeBack(): Promise<void> {
    for (let wait = FIRST_LOOK_MS; !this.#ended && !this.#life; wait = Math.min(LONGEST_LOOK_MS, 1.5 * wait)) {
      await sleep(wait, undefined, { ref: false });
      if (!this.#ended && !this.#life) await this.#open(false).catch(() => undefined);
    }
  }

  /** The hub forgot the session: another one takes its place, once for all who noticed. */
  async #renew(channel: HttpChannel, forgotten: string): Promise<void> {
    if (channel.sessionId !== forgotten) return this.#renewal ?? undefined;
    channel.forgetSession();
    this.#renewal = this.#memory.repeat(channel).finally(() => {
      this.#renewal = null;
    });
    await this.#renewal;
  }

  /** Arguments that belong into headers are known from lists; this client asked for none yet. */
  async #learnTools(channel: HttpChannel, message: RpcMessage, signal: AbortSignal): Promise<void> {
    if (!isRequest(message)) return;
    const _meta = message.params?._meta;
    await this.#memory.askOwn(channel, 'tools/list', { ...(_meta !== undefined && { _meta }) }, signal);
  }

  #heard(channel: HttpChannel, message: RpcMessage, related: RequestId | null): void {
    if (this.#memory.isOwn(message)) return;
    const asks = isRequest(message);
    if (asks) this.#asked.add(message.id);
    const known = isNotification(message) && message.method === 'notifications/subscriptions/acknowledged';
    if (known && related !== null && this.#resumed.delete(related)) return;
    if (!asks && (isResponse(message) || isErrorResponse(message)) && message.id !== null) {
      const answered = this.#running.get(message.id)?.request;
      if (answered) this.#memory.answered(answered, message, channel);
    }
    this.#parts.say(message);
  }

  /** A modern request is cancelled by hanging up; true where that was it. */
  #withdraw({ method, params }: RpcNotification): boolean {
    const id = method === 'notifications/cancelled' ? params?.requestId : undefined;
    const running = typeof id === 'string' || typeof id === 'number' ? this.#running.get(id) : undefined;
    if (!running || !isModernMessage(running.request)) return false;
    running.abort.abort();
    return true;
  }
}

function isRepeatable(message: RpcMessage): boolean {
  return isRequest(message) && REPEATABLE.test(message.method);
}

function wasNotHeard({ kind }: PeerError): boolean {
  return kind === 'refused';
}

function wasCutOff({ kind, rpc }: PeerError): boolean {
  return kind === 'closed' && rpc === null;
}

/** The server's own error where there is one. */
function errorOf(error: unknown): RpcError {
  if (error instanceof PeerError && error.rpc) return error.rpc;
  if (error instanceof PeerError && error.kind === 'closed') {
    return {
      code: SERVER_ERROR,
      message: 'the supervisor ended while this was under way; it may or may not have been done',
    };
  }
  const message = error instanceof ProblemError ? problemSentence(error.problem) : String(error);
  return { code: SERVER_ERROR, message };
}
