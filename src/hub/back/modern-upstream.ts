import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type JsonObject, type RpcAnswer, type RpcNotification } from '../../protocol/json-rpc.ts';
import type { Link } from '../../protocol/peer.ts';
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
const ACKNOWLEDGED_MS = 2000;
const LIST_MS = 10_000;
const MAX_PAGES = 64;
const FOR_EVER_MS = 2 ** 31 - 1;

/** A server of 2026-07-28: stateless, so that all clients share one connection. */
export class ModernUpstream implements Upstream {
  readonly #parts: UpstreamParts;
  readonly #shared: SharedLink<LinkInUse>;
  /** What was asked for last, and what is listened to: the same once it was acknowledged. */
  #latest: Listening | null = null;
  readonly #listed = new WeakSet<Link>();
  #heard: Listening | null = null;

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
      void this.#attend(link);
      await this.#learnHeaders(link, call);
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

  async interestsChanged(): Promise<void> {
    const { open } = this.#shared;
    if (!open && this.#parts.subscribers.size === 0) return;
    try {
      // A server that is not there is listened to when it is.
      await this.#attend(open ?? (await this.#shared.get()));
    } catch {
      // Then nobody is told anything.
    }
  }

  /**
   * Keeps one subscription open that covers what everybody wants to hear of. Resolves when the server has acknowledged it;
   * until then the one before is listened to, so that nothing is missed in between.
   */
  async #attend(link: LinkInUse): Promise<void> {
    const { tools, prompts, resources, uris } = this.#parts.subscribers.interests;
    const wanted = { toolsListChanged: tools, promptsListChanged: prompts, resourcesListChanged: resources };
    const nothing = !(tools || prompts || resources || uris.length > 0);
    const key = nothing ? '' : JSON.stringify([wanted, [...uris].sort()]);
    if (key !== (this.#latest?.key ?? '')) {
      this.#latest = nothing
        ? null
        : this.#listen(link, key, { ...wanted, ...(uris.length > 0 && { resourceSubscriptions: uris }) });
      if (!this.#latest) this.#hearOnly(null);
    }
    await this.#latest?.acknowledged;
  }

  /** From now on only what this subscription brings counts. */
  #hearOnly(listening: Listening | null): void {
    if (this.#heard !== listening) this.#heard?.abort.abort();
    this.#heard = listening;
  }

  reset(): void {
    this.#latest?.abort.abort();
    this.#latest = null;
    this.#hearOnly(null);
    this.#shared.reset();
  }

  close(): void {
    this.reset();
  }

  /**
   * Arguments that a tool wants repeated in headers (`x-mcp-header`) are known to a connection from the lists that passed
   * over it. Where the client's list came from memory, none did.
   */
  async #learnHeaders({ link }: LinkInUse, { client, method, params }: Call): Promise<void> {
    const { name, access, cache } = this.#parts;
    if (method !== 'tools/call' || this.#listed.has(link)) return;
    const { lists } = access.offer(name) ?? cache.offer(name) ?? {};
    const tool = lists?.tools.items.find((known) => known.name === params.name);
    if (!JSON.stringify(tool?.inputSchema ?? {}).includes('"x-mcp-header"')) return;
    this.#listed.add(link);
    let cursor: unknown;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const asked = enclose(cursor === undefined ? {} : { cursor }, client, null);
      const answer = await link.exchange('tools/list', asked, { timeoutMs: LIST_MS });
      cursor = 'result' in answer ? answer.result.nextCursor : undefined;
      if (typeof cursor !== 'string') return;
    }
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

  #listen(link: LinkInUse, key: string, notifications: JsonObject): Listening {
    const { promise: acknowledged, resolve } = Promise.withResolvers<void>();
    const listening: Listening = { key, abort: new AbortController(), acknowledged };
    const take = (): void => {
      if (this.#latest === listening) this.#hearOnly(listening);
      resolve();
    };
    // A server that acknowledges nothing is believed after a while.
    const timer = setTimeout(take, ACKNOWLEDGED_MS).unref();
    const hear = (told: RpcNotification): void => {
      if (told.method === 'notifications/subscriptions/acknowledged') take();
      else if (this.#heard === listening) this.#parts.subscribers.tell(withoutSubscription(told));
    };
    void this.#listenOn(link, notifications, listening, hear).finally(() => {
      clearTimeout(timer);
      take();
    });
    return listening;
  }

  async #listenOn(
    link: LinkInUse,
    notifications: JsonObject,
    { abort: { signal } }: Listening,
    onRelated: (told: RpcNotification) => void,
  ): Promise<void> {
    const info = { name: 'mcp-cockpit', version: this.#parts.version };
    while (!signal.aborted && this.#shared.open === link) {
      const params = enclose({ notifications }, { ...OURSELVES, info }, null);
      try {
        const options = { signal, timeoutMs: FOR_EVER_MS, onRelated };
        const answer = await link.link.exchange('subscriptions/listen', params, options);
        // A server without subscriptions says so once.
        if ('error' in answer) return;
      } catch (error) {
        if (error instanceof ProblemError && 'status' in error && error.status === 404) return;
      }
      await sleep(RELISTEN_MS, undefined, { ref: false });
    }
  }
}

/** A subscription at the server. */
interface Listening {
  /** What it asks for. */
  readonly key: string;
  readonly abort: AbortController;
  readonly acknowledged: Promise<void>;
}

const OURSELVES: Omit<Client, 'info'> = {
  id: 'hub',
  era: 'modern',
  revision: '',
  capabilities: {},
  initializeParams: null,
  ask: null,
};
