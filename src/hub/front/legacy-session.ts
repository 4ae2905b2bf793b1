import { randomUUID } from 'node:crypto';
import {
  isErrorResponse,
  isJsonObject,
  isNotification,
  isRequest,
  isResponse,
  type JsonObject,
  type RequestId,
  type RpcAnswer,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
} from '../../protocol/json-rpc.ts';
import { type Ask, type Back, type Call, type Client, capabilityFor, type Subscription } from '../call.ts';
import { METHOD_NOT_FOUND, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import type { Tap } from '../tap/tap.ts';
import { isLogLevel, legacyResult } from '../translate.ts';
import { unknownMethod } from './unknown-method.ts';

/** Where messages to the client go: the answer stream of the request they belong to, or null for wherever there is room. */
export type Deliver = (message: RpcMessage, related: RequestId | null) => number;

interface SessionParts {
  readonly back: Back;
  readonly tap: Tap;
  readonly deliver: Deliver;
  /** A request is under way until the returned function is called. */
  busy(): () => void;
}

/**
 * The conversation with one client of a revision up to 2025-11-25, whatever carries it: what it asks becomes calls, what
 * servers ask it becomes requests of ours.
 */
export class LegacySession {
  readonly #parts: SessionParts;
  readonly #calls = new Map<RequestId, AbortController>();
  readonly #asked = new Map<RequestId, (answer: RpcAnswer) => void>();
  readonly #uris = new Set<string>();
  /** Ids of questions are never those of an earlier session: an answer may come late. */
  readonly #tag = randomUUID().slice(0, 8);
  #client: Client | null = null;
  #capabilities: JsonObject = {};
  #logLevel: string | null = null;
  #subscription: Subscription | null = null;
  #count = 0;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  get client(): Client | null {
    return this.#client;
  }

  /** Handshake done. `capabilities`: what the server declared. */
  begin(client: Client, capabilities: JsonObject): void {
    this.#client = client;
    this.#capabilities = capabilities;
    this.#subscribe();
  }

  /** A message of the client. `bytes`: of the frame it came in. Resolves when a request has been answered. */
  async receive(message: RpcMessage, bytes: number): Promise<void> {
    if (isRequest(message)) await this.#request(message, bytes);
    else if (isNotification(message)) this.#notice(message);
    else if (isResponse(message)) {
      this.#asked.get(message.id)?.({ result: isJsonObject(message.result) ? message.result : {} });
    } else if (isErrorResponse(message) && message.id !== null) {
      this.#asked.get(message.id)?.({ error: message.error });
    }
  }

  /** Asks the client; `related` is the request of its own that made a server ask. */
  ask(related: RequestId | null): Ask {
    return (method, params, signal) => {
      const capability = capabilityFor(method);
      const declared = capability === null || this.#client?.capabilities[capability] !== undefined;
      if (!declared) return Promise.resolve(rpcError(METHOD_NOT_FOUND, `the client does not offer ${method}`));
      this.#count += 1;
      const id = `hub-${this.#tag}-${this.#count}`;
      return new Promise((resolve) => {
        const settle = (answer: RpcAnswer): void => {
          if (!this.#asked.delete(id)) return;
          signal.removeEventListener('abort', withdraw);
          resolve(answer);
        };
        const withdraw = (): void => {
          const params = { requestId: id, reason: 'no longer needed' };
          this.#parts.deliver({ jsonrpc: '2.0', method: 'notifications/cancelled', params }, related);
          settle(rpcError(SERVER_ERROR, 'the question was withdrawn'));
        };
        this.#asked.set(id, settle);
        signal.addEventListener('abort', withdraw);
        this.#parts.deliver({ jsonrpc: '2.0', id, method, params }, related);
      });
    };
  }

  /** The answer stream of a request broke: nobody waits for it any more. */
  abandon(id: RequestId): void {
    this.#calls.get(id)?.abort();
  }

  end(): void {
    this.#subscription?.cancel();
    for (const call of this.#calls.values()) call.abort();
    for (const settle of [...this.#asked.values()]) settle(rpcError(SERVER_ERROR, 'the client is gone'));
    if (this.#client) this.#parts.back.leave(this.#client);
  }

  async #request(request: RpcRequest, bytes: number): Promise<void> {
    const { id, method } = request;
    const client = this.#client;
    const own = Object.hasOwn(OWN_METHODS, method) ? OWN_METHODS[method] : undefined;
    if (!client) this.#answer(id, rpcError(SERVER_ERROR, 'initialize comes first'));
    else if (own) this.#answer(id, await this.#ownAnswer(own, request.params ?? {}));
    else await this.#call(client, request, bytes);
  }

  async #call(client: Client, { id, method, params = {} }: RpcRequest, bytes: number): Promise<void> {
    const abort = new AbortController();
    this.#calls.set(id, abort);
    const idle = this.#parts.busy();
    const seen = this.#parts.tap.begin({ client, method, params, bytes });
    const call: Call = {
      client,
      method,
      params,
      logLevel: this.#logLevel,
      signal: abort.signal,
      routed: (server) => seen.to(server),
      tell: (notification) => {
        this.#parts.deliver(notification, id);
      },
      ask: this.ask(id),
    };
    const { era, answer } = await this.#parts.back.call(call);
    this.#calls.delete(id);
    const written = 'result' in answer && era === 'modern' ? { result: legacyResult(answer.result) } : answer;
    seen.end(answer, this.#answer(id, written));
    idle();
  }

  #answer(id: RequestId, answer: RpcAnswer): number {
    return this.#parts.deliver({ jsonrpc: '2.0', id, ...answer }, id);
  }

  async #ownAnswer(own: OwnMethod, params: JsonObject): Promise<RpcAnswer> {
    if (!own.offered(this.#capabilities)) return unknownMethod(own.method);
    const answer = own.answer(params, {
      setLevel: (level) => {
        this.#logLevel = level;
        if (this.#client) this.#parts.back.setLogLevel(this.#client, level);
      },
      watch: (uri, on) => {
        if (on) this.#uris.add(uri);
        else this.#uris.delete(uri);
        this.#subscribe();
      },
    });
    // Who was told that it is subscribed misses nothing from then on.
    if (own.isAwaited) await this.#subscription?.ready;
    return answer;
  }

  #notice(notification: RpcNotification): void {
    const { method, params } = notification;
    if (method === 'notifications/initialized') return;
    if (method === 'notifications/cancelled') {
      const id = params?.requestId;
      if (typeof id === 'string' || typeof id === 'number') this.#calls.get(id)?.abort();
    } else if (this.#client) this.#parts.back.notice(this.#client, notification);
  }

  #subscribe(): void {
    if (!this.#client) return;
    const interests = { tools: true, prompts: true, resources: true, uris: [...this.#uris] };
    const before = this.#subscription;
    this.#subscription = this.#parts.back.subscribe(this.#client, interests, (notification) => {
      this.#parts.deliver(notification, null);
    });
    before?.cancel();
  }
}

interface OwnMethod {
  readonly method: string;
  /** It changes what the session listens to. */
  readonly isAwaited?: boolean;
  offered(capabilities: JsonObject): boolean;
  answer(
    params: JsonObject,
    session: { setLevel(level: string): void; watch(uri: string, on: boolean): void },
  ): RpcAnswer;
}

/** What the hub answers for the server, because it is about this session and not about the server. */
const OWN_METHODS: Readonly<Record<string, OwnMethod>> = {
  ping: { method: 'ping', offered: () => true, answer: () => ({ result: {} }) },
  'logging/setLevel': {
    method: 'logging/setLevel',
    offered: ({ logging }) => logging !== undefined,
    answer: ({ level }, { setLevel }) => {
      if (!isLogLevel(level)) return rpcError(-32602, 'Invalid params: level is none of RFC 5424');
      setLevel(level);
      return { result: {} };
    },
  },
  'resources/subscribe': watching('resources/subscribe', true),
  'resources/unsubscribe': watching('resources/unsubscribe', false),
};

function watching(method: string, on: boolean): OwnMethod {
  return {
    method,
    isAwaited: true,
    offered: ({ resources }) => isJsonObject(resources) && resources.subscribe === true,
    answer: ({ uri }, { watch }) => {
      if (typeof uri !== 'string') return rpcError(-32602, 'Invalid params: uri is missing');
      watch(uri, on);
      return { result: {} };
    },
  };
}
