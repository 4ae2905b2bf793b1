import type { HttpChannel } from '../../protocol/http-channel.ts';
import {
  isJsonObject,
  isResponse,
  type JsonObject,
  type RpcErrorResponse,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from '../../protocol/json-rpc.ts';
import { ProblemError } from '../../registry/problem.ts';

/** How ids of requests begin that the client does not know of. */
const OWN = 'mcp-connect-';

/** What a legacy client said that holds for its whole session, so that it can be said again in another one. */
export class SessionMemory {
  readonly #waiting = new Map<string, (answer: RpcResponse | RpcErrorResponse) => void>();
  readonly #uris = new Set<string>();
  #greeting: RpcRequest | null = null;
  #level: JsonObject | null = null;
  #initialized = false;
  #hasBegun = false;
  #count = 0;

  /** Whether there is a session to be taken up again. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** The client sends its `initialize`, perhaps not its first. */
  begins(request: RpcRequest): void {
    this.#greeting = request;
    this.#hasBegun = false;
    this.#initialized = false;
    this.#level = null;
    this.#uris.clear();
  }

  /** A request of the client was answered. */
  answered({ method, params }: RpcRequest, answer: RpcResponse | RpcErrorResponse, channel: HttpChannel): void {
    if (!isResponse(answer)) return;
    if (method === 'initialize') {
      this.#hasBegun = true;
      useRevision(channel, answer.result);
    } else if (method === 'logging/setLevel') this.#level = params ?? null;
    else if (method === 'resources/subscribe' && typeof params?.uri === 'string') this.#uris.add(params.uri);
    else if (method === 'resources/unsubscribe' && typeof params?.uri === 'string') this.#uris.delete(params.uri);
  }

  noticed({ method }: RpcNotification): void {
    if (method === 'notifications/initialized') this.#initialized = true;
  }

  /**
   * Begins another session like the one that was lost.
   *
   * @throws PeerError, ProblemError when the hub does not take it
   */
  async repeat(channel: HttpChannel): Promise<void> {
    if (!this.#greeting) return;
    const answer = await this.askOwn(channel, 'initialize', this.#greeting.params ?? {});
    if (!isResponse(answer)) throw new ProblemError({ what: `the hub refused the session: ${answer.error.message}` });
    useRevision(channel, answer.result);
    if (!this.#initialized) return;
    await channel.send({ jsonrpc: '2.0', method: 'notifications/initialized' });
    if (this.#level) await this.askOwn(channel, 'logging/setLevel', this.#level);
    for (const uri of this.#uris) await this.askOwn(channel, 'resources/subscribe', { uri });
    channel.listen();
  }

  /** A request of ours that the client shall not notice. */
  async askOwn(
    channel: HttpChannel,
    method: string,
    params: JsonObject,
    signal?: AbortSignal,
  ): Promise<RpcResponse | RpcErrorResponse> {
    this.#count += 1;
    const id = `${OWN}${this.#count}`;
    const answer = Promise.withResolvers<RpcResponse | RpcErrorResponse>();
    this.#waiting.set(id, answer.resolve);
    try {
      await channel.send({ jsonrpc: '2.0', id, method, params }, { ...(signal && { signal }) });
      return await answer.promise;
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Whether a message answers a request of ours; it is taken note of. */
  isOwn(message: RpcMessage): boolean {
    if ('method' in message || typeof message.id !== 'string' || !message.id.startsWith(OWN)) return false;
    this.#waiting.get(message.id)?.(message);
    return true;
  }
}

function useRevision(channel: HttpChannel, result: unknown): void {
  if (isJsonObject(result) && typeof result.protocolVersion === 'string') channel.useRevision(result.protocolVersion);
}
