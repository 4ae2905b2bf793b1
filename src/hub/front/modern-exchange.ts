import {
  isJsonObject,
  type JsonObject,
  type RequestId,
  type RpcAnswer,
  type RpcNotification,
} from '../../protocol/json-rpc.ts';
import { type Back, type Call, type Client, capabilityFor, type Reply } from '../call.ts';
import { METHOD_NOT_FOUND, rpcError, SERVER_ERROR, statusOf } from '../rpc-codes.ts';
import { modernAnswer } from '../translate.ts';
import type { AnswerStream } from './answer-stream.ts';
import type { ParkedCalls } from './parked-calls.ts';

/** Questions that come together are put to the client together. Milliseconds. */
const GATHER_MS = 5;

interface Question {
  readonly method: string;
  readonly params: JsonObject;
  answer(answer: RpcAnswer): void;
}

export interface ExchangeParts {
  readonly back: Back;
  readonly client: Client;
  readonly method: string;
  readonly params: JsonObject;
  readonly logLevel: string | null;
  readonly parked: ParkedCalls<ModernExchange>;
  readonly binding: string;
  onRouted(server: string): void;
  /** The call waits for its client. */
  onParked(): void;
  /** The last word was said, with its size in bytes. */
  onEnd(answer: RpcAnswer, bytes: number): void;
}

/**
 * One call of a modern client, over as many HTTP requests as it takes: where the server asks something, the request is
 * answered `input_required` and the call waits until the client comes back with the answers (2026-07-28, MRTR).
 */
export class ModernExchange implements Call {
  readonly #parts: ExchangeParts;
  readonly #abort = new AbortController();
  readonly #questions = new Map<string, Question>();
  #turn: { readonly id: RequestId; readonly reply: AnswerStream } | null = null;
  #asked = 0;
  #gathering: NodeJS.Timeout | null = null;
  #result: Reply | null = null;
  #isOver = false;

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
  }

  get client(): Client {
    return this.#parts.client;
  }

  get method(): string {
    return this.#parts.method;
  }

  get params(): JsonObject {
    return this.#parts.params;
  }

  get logLevel(): string | null {
    return this.#parts.logLevel;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  async begin(id: RequestId, reply: AnswerStream): Promise<void> {
    this.#take(id, reply);
    this.#result = await this.#parts.back.call(this);
    if (this.#isOver) this.#end(0);
    else this.#finish();
  }

  /** The client is back with answers, some or all. */
  resume(id: RequestId, reply: AnswerStream, responses: JsonObject): void {
    this.#take(id, reply);
    for (const [key, question] of [...this.#questions]) {
      const response = responses[key];
      if (isJsonObject(response)) question.answer({ result: response });
    }
    if (this.#questions.size > 0) this.#gather();
    this.#finish();
  }

  routed(server: string): void {
    this.#parts.onRouted(server);
  }

  tell(notification: RpcNotification): void {
    this.#turn?.reply.tell(notification);
  }

  readonly ask = (method: string, params: JsonObject, signal: AbortSignal): Promise<RpcAnswer> => {
    const capability = capabilityFor(method);
    if (capability === null || this.client.capabilities[capability] === undefined) {
      return Promise.resolve(rpcError(METHOD_NOT_FOUND, `the client does not offer ${method}`));
    }
    this.#asked += 1;
    const key = `${capability}_${this.#asked}`;
    return new Promise((resolve) => {
      const answer = (given: RpcAnswer): void => {
        if (this.#questions.delete(key)) resolve(given);
      };
      this.#questions.set(key, { method, params, answer });
      signal.addEventListener('abort', () => answer(WITHDRAWN));
      this.#gather();
    });
  };

  /** Nobody waits for it any more. What was under way ends by itself now. */
  expire(): void {
    this.#isOver = true;
    this.#turn = null;
    this.#abort.abort();
    for (const question of [...this.#questions.values()]) question.answer(NOBODY_CAME);
    if (this.#result) this.#end(0);
  }

  #take(id: RequestId, reply: AnswerStream): void {
    this.#turn = { id, reply };
    reply.onGone(() => {
      if (this.#turn?.reply === reply) this.expire();
    });
  }

  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      this.#hand();
    }, GATHER_MS);
  }

  /** Hands the open questions to the client, if it is there to take them. */
  #hand(): void {
    const turn = this.#turn;
    if (!turn || this.#questions.size === 0 || this.#result) return;
    const questions = [...this.#questions].map(([key, { method, params }]) => [key, { method, params }]);
    const requestState = this.#parts.parked.park(this, this.#parts.binding);
    this.#turn = null;
    const result = { resultType: 'input_required', inputRequests: Object.fromEntries(questions), requestState };
    this.#parts.onParked();
    turn.reply.end({ jsonrpc: '2.0', id: turn.id, result });
  }

  /** Says the last word once both are there: the answer and a request to answer. */
  #finish(): void {
    const turn = this.#turn;
    if (!turn || !this.#result) return;
    this.#turn = null;
    const { era, answer } = this.#result;
    const written = era === 'legacy' ? modernAnswer(this.method, answer) : answer;
    const status = 'error' in written ? statusOf(written.error) : 200;
    this.#end(turn.reply.end({ jsonrpc: '2.0', id: turn.id, ...written }, status));
  }

  #end(bytes: number): void {
    const answer = this.#result?.answer ?? NOBODY_CAME;
    for (const question of [...this.#questions.values()]) question.answer(WITHDRAWN);
    this.#parts.onEnd(answer, bytes);
  }
}

const WITHDRAWN = rpcError(SERVER_ERROR, 'the question was withdrawn');
const NOBODY_CAME = rpcError(SERVER_ERROR, 'the client did not come back with an answer');
