import type { JsonObject, RpcAnswer, RpcNotification, RpcRequest } from '../../protocol/json-rpc.ts';
import type { Link } from '../../protocol/peer.ts';
import { asPeerError } from '../../protocol/peer-error.ts';
import { problemSentence } from '../../registry/problem.ts';
import type { Ask, Call } from '../call.ts';
import { METHOD_NOT_FOUND, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { asToldTo, isSevereEnough } from '../translate.ts';

interface Hooks {
  /** What the server says that belongs to no call. */
  heard(notification: RpcNotification): void;
  /** Whether the connection is one client's alone. Where it is not, what is logged outside calls is nobody's. */
  readonly isOwn: boolean;
  /** Who is asked when no call is under way; null = nobody. */
  readonly ask: Ask | null;
  /** The server asked something. */
  asked(method: string): void;
}

/**
 * A connection with the calls under way on it. Over pipes nothing tells which call a question or a log message of the
 * server belongs to: it is taken for the last call's, for that is what the server is at. Where clients share the
 * connection and calls of several are under way, it is nobody's: no client may see what another's call is about.
 */
export class LinkInUse {
  readonly link: Link;
  readonly #hooks: Hooks;
  readonly #calls = new Set<Call>();
  #usedAt = performance.now();

  constructor(link: Link, hooks: Hooks) {
    this.link = link;
    this.#hooks = hooks;
    link.onQuestion((request, signal) => this.#answer(request, signal, null));
    link.onNotification((method, params) => this.#hear({ jsonrpc: '2.0', method, params }));
  }

  /** Calls under way. */
  get busy(): number {
    return this.#calls.size;
  }

  /** Since the last call ended; 0 while one is under way. Milliseconds. */
  get idleMs(): number {
    return this.busy > 0 ? 0 : performance.now() - this.#usedAt;
  }

  /** Passes a call on. Never rejects: a connection that breaks is an answer, too. */
  async exchange(call: Call, params: JsonObject, timeoutMs: number): Promise<RpcAnswer> {
    this.#calls.add(call);
    try {
      return await this.link.exchange(call.method, params, {
        timeoutMs,
        signal: call.signal,
        onRelated: (notification) => {
          if (notification.method === LOG && !wantsLog(call, notification)) return;
          call.tell(asToldTo(call.client, call.params, notification));
        },
        onQuestion: (request, signal) => this.#answer(request, signal, call),
      });
    } catch (error) {
      return answerOf(error);
    } finally {
      this.#calls.delete(call);
      this.#usedAt = performance.now();
    }
  }

  async #answer({ method, params = {} }: RpcRequest, signal: AbortSignal, related: Call | null): Promise<RpcAnswer> {
    if (method === 'ping') return { result: {} };
    this.#hooks.asked(method);
    const ask = related?.ask ?? (this.busy === 0 ? this.#hooks.ask : this.#likely()?.ask);
    return (await ask?.(method, params, signal)) ?? rpcError(METHOD_NOT_FOUND, `nobody here answers ${method}`);
  }

  #hear(notification: RpcNotification): void {
    if (CONNECTION_ONLY.has(notification.method)) return;
    const isLog = notification.method === LOG;
    if (!isLog || (this.busy === 0 && this.#hooks.isOwn)) {
      this.#hooks.heard(notification);
      return;
    }
    const call = this.#likely();
    if (call && wantsLog(call, notification)) call.tell(notification);
  }

  /** The call that something without a name on it belongs to; null where that could be another client's. */
  #likely(): Call | null {
    const calls = [...this.#calls];
    const last = calls.at(-1);
    return last && calls.every(({ client }) => client.id === last.client.id) ? last : null;
  }
}

const LOG = 'notifications/message';

/** What names a request by its id on this very connection: too late for the call it was about, and another's to others. */
const CONNECTION_ONLY: ReadonlySet<string> = new Set(['notifications/progress', 'notifications/cancelled']);

/** A modern client wants no log messages unless it said which; a legacy one whatever comes unless it said which. */
function wantsLog({ client, logLevel }: Call, { params }: RpcNotification): boolean {
  if (logLevel === null) return client.era === 'legacy';
  return isSevereEnough(params?.level, logLevel);
}

/** A failure as an answer: the server's own where it gave one, else what happened to the connection. */
export function answerOf(error: unknown): RpcAnswer {
  const failure = asPeerError(error);
  return failure.rpc ? { error: failure.rpc } : rpcError(SERVER_ERROR, problemSentence(failure.problem));
}
