import type { Channel, Edges } from './channel.ts';
import {
  isErrorResponse,
  isJsonObject,
  isNotification,
  isRequest,
  isResponse,
  type JsonObject,
  METHOD_NOT_FOUND,
  type RequestId,
  type RpcAnswer,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
} from './json-rpc.ts';
import { asPeerError, PeerError, rpcFailure } from './peer-error.ts';
import { META_SUBSCRIPTION_ID } from './revisions.ts';

export interface RequestOptions {
  /** Milliseconds; default 60 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ExchangeOptions extends RequestOptions {
  /** false: the server is not told when we stop waiting (a handshake cannot be cancelled). */
  readonly tellCancel?: boolean;
  /**
   * Gets what the server says about this request before it answers: progress, messages on its own stream, those of a
   * subscription. With it, a progress token in `params` is replaced by one of ours; what comes carries ours.
   */
  readonly onRelated?: (notification: RpcNotification) => void;
  /** Answers what the server asks on this request's own stream; without it, or on another stream, the session's does. */
  readonly onQuestion?: QuestionHandler;
}

interface Pending {
  readonly method: string;
  readonly onRelated: ((notification: RpcNotification) => void) | null;
  readonly onQuestion: QuestionHandler | null;
  settle(outcome: RpcAnswer | { readonly failure: PeerError }): void;
}

export type NotificationListener = (method: string, params: JsonObject) => void;

/** Answers what a server asks its client. `signal` is aborted when the server takes its question back. */
export type QuestionHandler = (request: RpcRequest, signal: AbortSignal) => Promise<RpcAnswer>;

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
  readonly #questions = new Map<RequestId, AbortController>();
  #onQuestion: QuestionHandler = answerPing;
  #closed: PeerError | null = null;
  #nextId = 1;
  #answers = 0;
  #receivedBytes = 0;

  /** `mask` is applied to texts of the server before they enter a problem. */
  constructor(channel: Channel, mask: (text: string) => string) {
    this.channel = channel;
    this.#mask = mask;
    channel.onMessage((message, bytes, related) => this.#receive(message, bytes, related));
    channel.onOversized((limit, edges) => this.#oversized(limit, edges));
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

  /** Who answers what the server asks; by default a `ping` is all we answer. */
  onQuestion(handler: QuestionHandler): void {
    this.#onQuestion = handler;
  }

  /** Resolves with the `result` of the answer; rejects where it is an error. */
  async request(method: string, params: JsonObject, options: ExchangeOptions = {}): Promise<JsonObject> {
    const answer = await this.exchange(method, params, options);
    if ('result' in answer) return answer.result;
    throw rpcFailure(method, { ...answer.error, message: this.#mask(answer.error.message) });
  }

  /** Resolves with the answer as it came, error or not; rejects only where none came. */
  exchange(method: string, params: JsonObject, options: ExchangeOptions = {}): Promise<RpcAnswer> {
    if (this.#closed) return Promise.reject(this.#closed);
    const { signal, tellCancel = true, onRelated = null, onQuestion = null } = options;
    const timeoutMs = Math.min(options.timeoutMs ?? REQUEST_TIMEOUT_MS, MAX_TIMER_MS);
    if (signal?.aborted) return Promise.reject(givenUp(method));
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const exchange = new AbortController();
      const stop = (error: PeerError) => {
        if (!this.#pending.has(id)) return;
        pending.settle({ failure: error });
        exchange.abort(error);
        if (tellCancel) this.#tellCancel(id);
      };
      const cancel = () => stop(givenUp(method));
      const timer = setTimeout(() => stop(timedOut(method, timeoutMs)), timeoutMs);
      signal?.addEventListener('abort', cancel);
      const pending: Pending = {
        method,
        onRelated,
        onQuestion,
        settle: (outcome) => {
          if (!this.#pending.delete(id)) return;
          clearTimeout(timer);
          signal?.removeEventListener('abort', cancel);
          if ('failure' in outcome) reject(outcome.failure);
          else resolve(outcome);
        },
      };
      this.#pending.set(id, pending);
      this.channel
        .send(
          { jsonrpc: '2.0', id, method, params: onRelated ? withProgressToken(params, id) : params },
          { signal: exchange.signal },
        )
        .catch((error: unknown) => pending.settle({ failure: asPeerError(error) }));
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

  #receive(message: RpcMessage, bytes: number, related: RequestId | null): void {
    this.#receivedBytes += bytes;
    if (isRequest(message)) this.#answer(message, related);
    else if (isNotification(message)) this.#notice(message, related);
    else if (isResponse(message)) this.#resolve(message.id, message.result);
    else if (isErrorResponse(message) && message.id !== null)
      this.#pending.get(message.id)?.settle({ error: message.error });
  }

  #resolve(id: RequestId, result: unknown): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    if (isJsonObject(result)) pending.settle({ result });
    else {
      const what = `the result of ${pending.method} is no object`;
      pending.settle({ failure: new PeerError('protocol', { what }) });
    }
  }

  #notice(message: RpcNotification, related: RequestId | null): void {
    if (message.method === 'notifications/cancelled') this.#questions.get(requestIdIn(message.params))?.abort();
    const subject = this.#pending.get(related ?? subjectOf(message) ?? -1);
    if (subject?.onRelated) subject.onRelated(message);
    else for (const listener of this.#notified) listener(message.method, message.params ?? {});
  }

  #answer(request: RpcRequest, related: RequestId | null): void {
    if (this.#answers >= MAX_ANSWERS) return;
    this.#answers += 1;
    const withdrawn = new AbortController();
    this.#questions.set(request.id, withdrawn);
    const done = () => {
      this.#answers -= 1;
      if (this.#questions.get(request.id) === withdrawn) this.#questions.delete(request.id);
    };
    const answer = this.#pending.get(related ?? -1)?.onQuestion ?? this.#onQuestion;
    answer(request, withdrawn.signal)
      .catch((error: unknown): RpcAnswer => ({ error: { code: INTERNAL_ERROR, message: asPeerError(error).message } }))
      .then((given) => {
        if (withdrawn.signal.aborted) return undefined;
        return this.channel.send({ jsonrpc: '2.0', id: request.id, ...given });
      })
      .then(done, done);
  }

  /** Which request a skipped message answers stands at one of its edges; with one under way there is no doubt anyway. */
  #oversized(limit: number, edges: Edges | null): void {
    const named = edges && this.#pending.get(answeredBy(edges) ?? -1);
    const [only, ...others] = edges?.end ? [] : this.#pending.values();
    const subject = named ?? (others.length === 0 ? only : undefined);
    if (!subject) return;
    const what = `the server answered ${subject.method} with more than ${limit} bytes`;
    subject.settle({ failure: new PeerError('protocol', { what, why: 'the message was skipped' }) });
  }

  #tellCancel(requestId: RequestId): void {
    const reason = 'no longer waited for';
    this.notify('notifications/cancelled', { requestId, reason }, AbortSignal.timeout(CANCEL_MS)).catch(
      () => undefined,
    );
  }

  #end(reason: PeerError): void {
    this.#closed = reason;
    for (const pending of [...this.#pending.values()]) pending.settle({ failure: reason });
    for (const question of this.#questions.values()) question.abort();
    for (const listener of this.#closing) listener(reason);
    this.#closing.clear();
  }
}

const INTERNAL_ERROR = -32603;

/** How long telling the server about a cancellation may take. Milliseconds. */
const CANCEL_MS = 5000;

/** Where we declare no capabilities, the only legitimate question is whether we are there. */
export const answerPing: QuestionHandler = async ({ method }) =>
  method === 'ping'
    ? { result: {} }
    : { error: { code: METHOD_NOT_FOUND, message: 'this client offers no such method' } };

function withProgressToken(params: JsonObject, id: RequestId): JsonObject {
  if (!isJsonObject(params._meta) || params._meta.progressToken === undefined) return params;
  return { ...params, _meta: { ...params._meta, progressToken: id } };
}

/** The request a notification names as its subject: by its progress token, or as its subscription. */
function subjectOf({ method, params }: RpcNotification): RequestId | null {
  const named =
    method === 'notifications/progress'
      ? params?.progressToken
      : isJsonObject(params?._meta)
        ? params._meta[META_SUBSCRIPTION_ID]
        : undefined;
  return typeof named === 'number' || typeof named === 'string' ? named : null;
}

/** The id in an answer of which only the edges are known (ours are numbers); null for what may be no answer. */
function answeredBy({ start, end }: Edges): number | null {
  const id = ID_FIRST.exec(start)?.[1] ?? (RESULT_FIRST.test(start) ? ID_LAST.exec(end ?? '')?.[1] : undefined);
  return id === undefined ? null : Number(id);
}

const ID_FIRST = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(\d+)\s*,\s*"(?:result|error)"/;
const RESULT_FIRST = /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"(?:result|error)"/;
/** No string and no inner object can end like this, right before the last brace. */
const ID_LAST = /"id"\s*:\s*(\d+)\s*(?:,\s*"jsonrpc"\s*:\s*"2\.0"\s*)?\}\s*$/;

function requestIdIn(params: JsonObject | undefined): RequestId {
  const id = params?.requestId;
  return typeof id === 'string' || typeof id === 'number' ? id : -1;
}

function timedOut(method: string, ms: number): PeerError {
  return new PeerError('timeout', { what: `the server did not answer ${method} within ${seconds(ms)}` });
}

function givenUp(method: string): PeerError {
  return new PeerError('aborted', { what: `${method} was given up` });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
