import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpChannel } from '../../protocol/http-channel.ts';
import { isModernMessage } from '../../protocol/http-headers.ts';
import {
  isErrorResponse,
  isNotification,
  isRequest,
  isResponse,
  type RequestId,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
} from '../../protocol/json-rpc.ts';
import { PeerError } from '../../protocol/peer-error.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { HubLife } from './hub-life.ts';
import { errorOf, mayBeSaidAgain } from './relay-errors.ts';
import { SessionMemory } from './session-memory.ts';

export interface RelayParts {
  /** The hub; null where no supervisor runs and `start` is false. */
  open(start: boolean): Promise<HubLife | null>;
  /** To the client. */
  say(message: RpcMessage): void;
}

/** How long a message waits for a hub that is not there. Milliseconds. */
const PATIENCE_MS = 15_000;
const PAUSE_MS = 300;
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 2_000;

const SESSION_NOT_FOUND = -32001;
const HEADER_MISMATCH = -32020;

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

  /** Sends a message, again and again where the hub is not there: a supervisor may take a while to end and another to start. */
  async #deliver(message: RpcMessage, signal: AbortSignal): Promise<void> {
    let giveUpAt = 0;
    let learnt = false;
    for (;;) {
      const began = performance.now();
      let life: HubLife | null = null;
      let sessionId: string | null = null;
      try {
        // A subscription that broke off is no reason to start what somebody stopped.
        const isResumed = isRequest(message) && this.#resumed.has(message.id);
        life = isResumed ? await this.#back(signal) : await this.#ready();
        const { channel } = life;
        if (isRequest(message) && message.method === 'initialize') channel.forgetSession();
        sessionId = channel.sessionId;
        return await channel.send(message, { signal });
      } catch (error) {
        if (signal.aborted || this.#ended) throw error;
        const code = error instanceof PeerError ? error.rpc?.code : undefined;
        if (life && code === SESSION_NOT_FOUND && sessionId !== null) await this.#renew(life.channel, sessionId);
        else if (life && code === HEADER_MISMATCH && !learnt) {
          learnt = true;
          await this.#learnTools(life.channel, message, signal);
        } else {
          const now = performance.now();
          if (giveUpAt === 0 || now - began > PATIENCE_MS) giveUpAt = now + PATIENCE_MS;
          if (now > giveUpAt || (life && !mayBeSaidAgain(error, message))) throw error;
          await this.#lost(life, message);
        }
      }
    }
  }

  async #ready(): Promise<HubLife> {
    // What failed may have been a mere look for a supervisor, which starts none.
    return await (this.#life ?? this.#open(true)).catch(() => this.#life ?? this.#open(true));
  }

  /** The next hub, whoever starts it. */
  async #back(signal: AbortSignal): Promise<HubLife> {
    for (;;) {
      const life = await this.#life?.catch(() => null);
      if (life) return life;
      if (signal.aborted || this.#ended) throw new ProblemError({ what: 'the client is gone' });
      await sleep(PAUSE_MS);
    }
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
  async #lost(life: HubLife | null, message: RpcMessage | null): Promise<void> {
    if (message && isRequest(message) && message.method === 'subscriptions/listen') this.#resumed.add(message.id);
    // One that is about to end still answers on its control socket, and would be taken for the next.
    if (message) await Promise.race([life?.ended ?? sleep(PAUSE_MS), sleep(PAUSE_MS)]);
    const present = await this.#life?.catch(() => null);
    if (!life || present !== life) return;
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
