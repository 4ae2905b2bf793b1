import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type JsonObject, type RpcAnswer, type RpcNotification } from '../../protocol/json-rpc.ts';
import { ProblemError } from '../../registry/problem.ts';
import { type Call, type Client, capabilityFor, type Reply } from '../call.ts';
import { INTERNAL_ERROR, MISSING_CAPABILITY, rpcError } from '../rpc-codes.ts';
import { enclose, withoutSubscription } from '../translate.ts';
import { answerOf, LinkInUse } from './link-in-use.ts';
import { SharedLink } from './shared-link.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

/** Questions and answers of one call before we give up on a server that never stops asking. */
const MAX_ROUNDS = 20;
/** A legacy session that chose no level gets what most clients show. */
const DEFAULT_LEVEL = 'info';
const RELISTEN_MS = 1000;
const FOR_EVER_MS = 2 ** 31 - 1;

/** A server of 2026-07-28: stateless, so that all clients share one connection. */
export class ModernUpstream implements Upstream {
  readonly #parts: UpstreamParts;
  readonly #shared: SharedLink<LinkInUse>;
  #listening: { readonly key: string; readonly abort: AbortController } | null = null;

  constructor(parts: UpstreamParts) {
    this.#parts = parts;
    this.#shared = new SharedLink(parts.name, parts.access, (link) => {
      // What it says on the pipe that names no subscription goes to whoever it may concern.
      const heard = (told: RpcNotification) => parts.subscribers.tell(told);
      return new LinkInUse(link, { heard, isOwn: false, ask: null, asked: () => undefined });
    });
  }

  async call(call: Call): Promise<Reply> {
    try {
      const link = await this.#shared.get();
      this.#attend(link);
      return { era: 'modern', answer: await this.#rounds(call, link) };
    } catch (error) {
      return { era: 'modern', answer: answerOf(error) };
    }
  }

  isOpenFor(): boolean {
    return this.#shared.open !== null;
  }

  /** The level travels with each call. */
  setLogLevel(): void {}

  /** The modern era has no notifications of clients but cancellation. */
  notice(): void {}

  leave(_client: Client): void {}

  ownPids(): readonly number[] {
    return [];
  }

  interestsChanged(): void {
    const { open } = this.#shared;
    if (open) this.#attend(open);
    else if (this.#parts.subscribers.size > 0) {
      // A server that is not there is listened to when it is.
      this.#shared.get().then(
        (link) => this.#attend(link),
        () => undefined,
      );
    }
  }

  /** Keeps one subscription open that covers what everybody wants to hear of. */
  #attend(link: LinkInUse): void {
    const { tools, prompts, resources, uris } = this.#parts.subscribers.interests;
    const wanted = { toolsListChanged: tools, promptsListChanged: prompts, resourcesListChanged: resources };
    const nothing = !(tools || prompts || resources || uris.length > 0);
    const key = nothing ? '' : JSON.stringify([wanted, [...uris].sort()]);
    if (key === (this.#listening?.key ?? '')) return;
    this.#listening?.abort.abort();
    this.#listening = null;
    if (nothing) return;
    const abort = new AbortController();
    this.#listening = { key, abort };
    const filter = { ...wanted, ...(uris.length > 0 && { resourceSubscriptions: uris }) };
    void this.#listen(link, filter, abort.signal);
  }

  reset(): void {
    this.#listening?.abort.abort();
    this.#listening = null;
    this.#shared.reset();
  }

  close(): void {
    this.reset();
  }

  /** A modern client answers questions itself; for a legacy one they are put to it here, and the call is made again. */
  async #rounds(call: Call, link: LinkInUse): Promise<RpcAnswer> {
    const timeoutMs = this.#parts.spec()?.limits.timeoutMs ?? FOR_EVER_MS;
    const level = call.logLevel ?? (call.client.era === 'legacy' ? DEFAULT_LEVEL : null);
    let params = call.params;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const answer = await link.exchange(call, enclose(params, call.client, level), timeoutMs);
      const asks = call.client.era === 'legacy' && 'result' in answer && answer.result.resultType === 'input_required';
      if (!asks) return this.#withoutUndeclared(call.client, answer);
      const responses = await this.#askAll(call, answer.result.inputRequests);
      if ('error' in responses) return responses;
      const { requestState } = answer.result;
      params = {
        ...call.params,
        inputResponses: responses.result,
        ...(requestState !== undefined && { requestState }),
      };
    }
    return rpcError(INTERNAL_ERROR, `${this.#parts.name} asked ${MAX_ROUNDS} times and gave no answer`);
  }

  /** A server may ask only what its client said it can be asked (2026-07-28, MRTR). */
  #withoutUndeclared({ capabilities }: Client, answer: RpcAnswer): RpcAnswer {
    if ('error' in answer || answer.result.resultType !== 'input_required') return answer;
    const { inputRequests } = answer.result;
    const questions = isJsonObject(inputRequests) ? Object.values(inputRequests) : [];
    const kinds = questions.map((question) => capabilityFor(isJsonObject(question) ? String(question.method) : ''));
    const foreign = kinds.find((kind) => kind === null || capabilities[kind] === undefined);
    if (foreign === undefined) return answer;
    const { name } = this.#parts;
    if (foreign === null) return rpcError(INTERNAL_ERROR, `${name} asks for something that no client can be asked`);
    const why = `${name} cannot do this for a client that does not offer ${foreign}: use one that does`;
    const data = { requiredCapabilities: { [foreign]: {} } };
    return rpcError(MISSING_CAPABILITY, why, data);
  }

  async #askAll(call: Call, requests: unknown): Promise<RpcAnswer> {
    const questions = isJsonObject(requests) ? Object.entries(requests) : [];
    const answered = await Promise.all(
      questions.map(async ([key, question]): Promise<[string, RpcAnswer]> => {
        const { method, params } = isJsonObject(question) ? question : {};
        if (typeof method !== 'string') return [key, rpcError(INTERNAL_ERROR, 'the server asked without a method')];
        return [key, await call.ask(method, isJsonObject(params) ? params : {}, call.signal)];
      }),
    );
    const responses: Record<string, JsonObject> = {};
    for (const [key, answer] of answered) {
      if ('error' in answer) return answer;
      responses[key] = answer.result;
    }
    return { result: responses };
  }

  async #listen(link: LinkInUse, notifications: JsonObject, signal: AbortSignal): Promise<void> {
    const client = {
      id: 'hub',
      era: 'modern' as const,
      revision: '',
      capabilities: {},
      initializeParams: null,
      ask: null,
    };
    const info = { name: 'mcp-cockpit', version: this.#parts.version };
    while (!signal.aborted && this.#shared.open === link) {
      const params = enclose({ notifications }, { ...client, info }, null);
      try {
        const answer = await link.link.exchange('subscriptions/listen', params, {
          signal,
          timeoutMs: FOR_EVER_MS,
          onRelated: (told) => {
            if (told.method !== 'notifications/subscriptions/acknowledged') {
              this.#parts.subscribers.tell(withoutSubscription(told));
            }
          },
        });
        // A server without subscriptions says so once.
        if ('error' in answer) return;
      } catch (error) {
        if (error instanceof ProblemError && 'status' in error && error.status === 404) return;
      }
      await sleep(RELISTEN_MS, undefined, { ref: false });
    }
  }
}
