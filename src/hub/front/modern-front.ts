import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { mcpHeaders } from '../../protocol/http-headers.ts';
import { isJsonObject, isNotification, type JsonObject, type RpcNotification } from '../../protocol/json-rpc.ts';
import { META_SUBSCRIPTION_ID } from '../../protocol/revisions.ts';
import { type Back, type Client, GREETING_MS, type Interests } from '../call.ts';
import type { ClientBook } from '../clients.ts';
import { INVALID_PARAMS, INVALID_REQUEST, rpcError, SERVER_ERROR, statusOf } from '../rpc-codes.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { Tap } from '../tap/tap.ts';
import { discoverResult, openEnvelope } from '../translate.ts';
import type { AnswerStream } from './answer-stream.ts';
import { ModernExchange } from './modern-exchange.ts';
import { faultOf, modernRequest } from './modern-request.ts';
import { paramFaultOf } from './param-headers.ts';
import { ParkedCalls } from './parked-calls.ts';
import { bindingOf } from './seal.ts';
import { unknownMethod } from './unknown-method.ts';

/** What the modern era no longer has (2026-07-28, removed methods). */
const REMOVED: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'logging/setLevel',
  'resources/subscribe',
  'resources/unsubscribe',
  'tasks/list',
  'tasks/result',
]);

/** Who sent a message, and how. */
export interface Sender {
  readonly socket: Socket;
  /** Null where no headers repeat what the message says. */
  readonly headers: IncomingHttpHeaders | null;
  readonly via: 'http' | 'ws';
}

interface ModernParts {
  readonly endpoint: string;
  readonly back: Back;
  readonly clients: ClientBook;
  readonly tap: Tap;
}

/** Serves clients of 2026-07-28 under one URL: each POST stands alone. */
export class ModernFront {
  readonly #parts: ModernParts;
  readonly #parked = new ParkedCalls<ModernExchange>();
  readonly #streams = new Set<AnswerStream>();

  constructor(parts: ModernParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#streams.size > 0 || this.#parked.size > 0;
  }

  async post(
    body: unknown,
    bytes: number,
    { socket, headers, via }: Sender,
    reply: AnswerStream,
    accept: () => void,
  ): Promise<void> {
    const request = modernRequest(body);
    if (!request) {
      if (isNotification(body)) return accept();
      const error = rpcError(INVALID_REQUEST, 'Invalid request: one JSON-RPC request is expected').error;
      reply.end({ jsonrpc: '2.0', id: null, error }, 400);
      return;
    }
    const { id, method } = request;
    const fault = faultOf(request, headers ?? mcpHeaders(request, { sessionId: null, revision: null }));
    // Whatever is wrong with the envelope is the request's fault, also where the code has other uses.
    if (fault) return void reply.end({ jsonrpc: '2.0', id, error: fault }, 400);
    if (REMOVED.has(method)) return void reply.end({ jsonrpc: '2.0', id, ...unknownMethod(method) }, 404);
    const { params, envelope } = openEnvelope(request.params ?? {});
    const schema = headers && method === 'tools/call' ? this.#parts.back.inputSchema(params.name) : null;
    const mismatch = paramFaultOf(schema, params.arguments, headers ?? {});
    if (mismatch) return void reply.end({ jsonrpc: '2.0', id, error: mismatch }, 400);
    const client = await this.#parts.clients.modern(socket, via, this.#parts.endpoint, envelope);
    if (method === 'server/discover') return await this.#discover(id, client, reply);
    if (method === 'subscriptions/listen') return this.#listen(id, client, params, reply);
    if (params.requestState !== undefined && this.#resume(request.id, client, method, params, reply)) return;
    await this.#call(id, client, method, params, envelope.logLevel, bytes, reply);
  }

  close(): void {
    for (const reply of this.#streams) reply.close();
    this.#parked.close();
  }

  async #discover(id: string | number, client: Client, reply: AnswerStream): Promise<void> {
    try {
      const greeting = await this.#parts.back.greet(client, AbortSignal.timeout(GREETING_MS));
      reply.end({ jsonrpc: '2.0', id, result: discoverResult(greeting) });
    } catch (error) {
      const { error: failure } = rpcError(SERVER_ERROR, sentenceOf(error));
      reply.end({ jsonrpc: '2.0', id, error: failure }, statusOf(failure));
    }
  }

  async #call(
    id: string | number,
    client: Client,
    method: string,
    params: JsonObject,
    logLevel: string | null,
    bytes: number,
    reply: AnswerStream,
  ): Promise<void> {
    const { back, endpoint, tap, clients } = this.#parts;
    const seen = tap.begin({ client, method, params, bytes });
    const leave = clients.busy(client);
    const exchange = new ModernExchange({
      back,
      client,
      method,
      params,
      logLevel,
      parked: this.#parked,
      binding: bindingOf(endpoint, method, params),
      onRouted: (server) => seen.to(server),
      onParked: () => seen.waits(),
      onEnd: (answer, size) => {
        leave();
        seen.end(answer, size);
      },
    });
    await exchange.begin(id, reply);
  }

  /** False where the state is not one of ours: then it is the server's own, and the server's to judge. */
  #resume(id: string | number, client: Client, method: string, params: JsonObject, reply: AnswerStream): boolean {
    if (typeof params.requestState === 'string' && !this.#parked.made(params.requestState)) return false;
    const claimed = this.#parked.claim(params.requestState, bindingOf(this.#parts.endpoint, method, params));
    if ('why' in claimed) {
      const { error } = rpcError(INVALID_PARAMS, `Invalid params: requestState is refused, ${claimed.why}`);
      reply.end({ jsonrpc: '2.0', id, error });
      return true;
    }
    this.#parts.clients.touch(client);
    claimed.call.resume(id, reply, isJsonObject(params.inputResponses) ? params.inputResponses : {});
    return true;
  }

  #listen(id: string | number, client: Client, params: JsonObject, reply: AnswerStream): void {
    const interests = interestsIn(params.notifications);
    const meta = { [META_SUBSCRIPTION_ID]: id };
    const say = (notification: RpcNotification): void => {
      const { _meta, ...rest } = notification.params ?? {};
      const merged = { ...(isJsonObject(_meta) ? _meta : {}), ...meta };
      reply.tell({ ...notification, params: { ...rest, _meta: merged } });
    };
    // The acknowledgement comes first, and says that nothing is missed from then on.
    const early: RpcNotification[] = [];
    let acknowledged = false;
    const tell = (notification: RpcNotification): void => {
      if (acknowledged) say(notification);
      else early.push(notification);
    };
    reply.stream();
    this.#streams.add(reply);
    const leave = this.#parts.clients.busy(client);
    const { ready, cancel } = this.#parts.back.subscribe(client, interests, tell);
    void ready.then(() => {
      acknowledged = true;
      const params = { notifications: filterOf(interests) };
      say({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params });
      for (const notification of early) say(notification);
    });
    reply.onGone(() => {
      this.#streams.delete(reply);
      cancel();
      leave();
    });
  }
}

function interestsIn(filter: unknown): Interests {
  const wants = isJsonObject(filter) ? filter : {};
  const uris = Array.isArray(wants.resourceSubscriptions) ? wants.resourceSubscriptions : [];
  return {
    tools: wants.toolsListChanged === true,
    prompts: wants.promptsListChanged === true,
    resources: wants.resourcesListChanged === true,
    uris: uris.filter((uri) => typeof uri === 'string'),
  };
}

function filterOf({ tools, prompts, resources, uris }: Interests): JsonObject {
  return {
    ...(tools && { toolsListChanged: true }),
    ...(prompts && { promptsListChanged: true }),
    ...(resources && { resourcesListChanged: true }),
    ...(uris.length > 0 && { resourceSubscriptions: uris }),
  };
}
