import type { Channel } from './channel.ts';
import {
  isErrorResponse,
  isJsonObject,
  isNotification,
  isRequest,
  isResponse,
  type JsonObject,
  METHOD_NOT_FOUND,
  type RequestId,
  type RpcError,
  type RpcMessage,
  type RpcRequest,
} from './json-rpc.ts';
import { asPeerError, PeerError, rpcFailure } from './peer-error.ts';

export interface RequestOptions {
  /** Milliseconds; default 60 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface AskOptions extends RequestOptions {
  /** false: the server is not told when we stop waiting (a handshake cannot be cancelled). */
  readonly tellCancel?: boolean;
}

interface Pending {
  readonly method: string;
  settle(outcome: { readonly result: JsonObject } | { readonly error: PeerError }): void;
}

export type NotificationListener = (method: string, params: JsonObject) => void;

const REQUEST_TIMEOUT_MS = 60_000;
/** Node's timers fire at once when given more (24.8 days). */
export const MAX_TIMER_MS = 2 ** 31 - 1;
/** Answers to the server's own requests that may be under way at once; a server that asks faster is not answered. */
const MAX_ANSWERS = 32;

/**
 * Requests and their answers over one channel: correlation, time limits, cancellation, and answers to what the
 * server asks. Everything rejects with a {@link PeerError}; nothing is left pending when the channel closes.
 */
export class RpcSession {
  readonly channel: Channel;
  readonly #mask: (text: string) => string;
  readonly #pending = new Map<RequestId, Pending>();
  readonly #notified = new Set<NotificationListener>();
  readonly #closing = new Set<(reason: PeerError) => void>();
  #closed: PeerError | null = null;
  #nextId = 1;
  #answers = 0;
  #receivedBytes = 0;

  /** `mask` is applied to texts of the server before they enter a problem. */
  constructor(channel: Channel, mask: (text: string) => string) {
    this.channel = channel;
    this.#mask = mask;
    channel.onMessage((message, bytes) => this.#receive(message, bytes));
    channel.onOversized((limit) => this.#oversized(limit));
    channel.onClose((reason) => this.#end(reason));
  }

  /** Why the channel closed; null while it is open. */
  get closed(): PeerError | null {
    return this.#closed;
  }

  /** Bytes of all messages received so far. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Resolves with the `result` of the answer. */
  request(method: string, params: JsonObject, options: AskOptions = {}): Promise<JsonObject> {
    if (this.#closed) return Promise.reject(this.#closed);
    const { signal, tellCancel = true } = options;
    const timeoutMs = Math.min(options.timeoutMs ?? REQUEST_TIMEOUT_MS, MAX_TIMER_MS);
    if (signal?.aborted) return Promise.reject(givenUp(method));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const exchange = new AbortController();
      const stop = (error: PeerError) => {
        if (!this.#pending.has(id)) return;
        pending.settle({ error });
        exchange.abort(error);
        if (tellCancel) this.#tellCancel(id);
      };
      const cancel = () => stop(givenUp(method));
      const timer = setTimeout(() => stop(timedOut(method, timeoutMs)), timeoutMs);
      signal?.addEventListener('abort', cancel);
      const pending: Pending = {
        method,
        settle: (outcome) => {
          if (!this.#pending.delete(id)) return;
          clearTimeout(timer);
          signal?.removeEventListener('abort', cancel);
          if ('result' in outcome) resolve(outcome.result);
          else reject(outcome.error);
        },
      };
      this.#pending.set(id, pending);
      this.channel
        .send({ jsonrpc: '2.0', id, method, params }, { signal: exchange.signal })
        .catch((error: unknown) => pending.settle({ error: asPeerError(error) }));
    });
  }

  notify(method: string, params?: JsonObject, signal?: AbortSignal): Promise<void> {
    const message: RpcMessage = { jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) };
    return this.channel.send(message, signal === undefined ? {} : { signal });
  }

  /** Returns a function that ends it. */
  onNotification(listener: NotificationListener): () => void {
    this.#notified.add(listener);
    return () => this.#notified.delete(listener);
  }

  /** Called once, also when it is closed already. Returns a function that ends it. */
  onClosed(listener: (reason: PeerError) => void): () => void {
    const reason = this.#closed;
    if (reason) queueMicrotask(() => listener(reason));
    else this.#closing.add(listener);
    return () => this.#closing.delete(listener);
  }

  #receive(message: RpcMessage, bytes: number): void {
    this.#receivedBytes += bytes;
    if (isRequest(message)) this.#answer(message);
    else if (isNotification(message)) {
      for (const listener of this.#notified) listener(message.method, message.params ?? {});
    } else if (isResponse(message)) this.#resolve(message.id, message.result);
    else if (isErrorResponse(message) && message.id !== null) this.#reject(message.id, message.error);
  }

  #resolve(id: RequestId, result: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (isJsonObject(result)) pending.settle({ result });
    else pending.settle({ error: new PeerError('protocol', { what: `the result of ${pending.method} is no object` }) });
  }

  #reject(id: RequestId, { code, message, data }: RpcError): void {
    const pending = this.#pending.get(id);
    pending?.settle({ error: rpcFailure(pending.method, { code, message: this.#mask(message), data }) });
  }

  /** We declare no capabilities, so the only legitimate question is whether we are there. */
  #answer({ id, method }: RpcRequest): void {
    if (this.#answers >= MAX_ANSWERS) return;
    this.#answers += 1;
    const reply: RpcMessage =
      method === 'ping'
        ? { jsonrpc: '2.0', id, result: {} }
        : { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message: 'this client offers no such method' } };
    const done = () => {
      this.#answers -= 1;
    };
    this.channel.send(reply).then(done, done);
  }

  /** The id of a skipped message is unknown; with one request under way there is no doubt which it answers. */
  #oversized(limit: number): void {
    const [only, ...others] = this.#pending.values();
    if (!only || others.length > 0) return;
    const what = `the server answered ${only.method} with more than ${limit} bytes`;
    only.settle({ error: new PeerError('protocol', { what, why: 'the message was skipped' }) });
  }

  #tellCancel(requestId: RequestId): void {
    const reason = 'no longer waited for';
    this.notify('notifications/cancelled', { requestId, reason }, AbortSignal.timeout(CANCEL_MS)).catch(
      () => undefined,
    );
  }

  #end(reason: PeerError): void {
    this.#closed = reason;
    for (const pending of [...this.#pending.values()]) pending.settle({ error: reason });
    for (const listener of this.#closing) listener(reason);
    this.#closing.clear();
  }
}

/** How long telling the server about a cancellation may take. Milliseconds. */
const CANCEL_MS = 5000;

function timedOut(method: string, ms: number): PeerError {
  return new PeerError('timeout', { what: `the server did not answer ${method} within ${seconds(ms)}` });
}

function givenUp(method: string): PeerError {
  return new PeerError('aborted', { what: `${method} was given up` });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
