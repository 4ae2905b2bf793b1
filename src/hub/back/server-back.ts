import { setTimeout as sleep } from 'node:timers/promises';
import { isJsonObject, type JsonObject, type RpcAnswer, type RpcNotification } from '../../protocol/json-rpc.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { HubSettings } from '../../registry/settings.ts';
import type { Offer, ServerAccess } from '../../supervisor/server-access.ts';
import {
  askingKey,
  type Back,
  type Call,
  type Client,
  GREETING_MS,
  type Greeting,
  type Interests,
  type Reply,
  type Subscription,
} from '../call.ts';
import { INVALID_PARAMS, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { CatalogCache } from './catalog-cache.ts';
import { LegacyUpstream } from './legacy-upstream.ts';
import { Limiter } from './limiter.ts';
import { ModernUpstream } from './modern-upstream.ts';
import { Subscribers } from './subscribers.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

export interface ServerBackParts {
  readonly name: string;
  readonly access: ServerAccess;
  readonly cache: CatalogCache;
  readonly settings: HubSettings;
  readonly version: string;
  /** A call went to this server and ended. */
  counted(client: Client, failed: boolean): void;
}

/** The lists that can be answered while the server is not awake: method → key of the items. */
const LISTS = {
  'tools/list': 'tools',
  'prompts/list': 'prompts',
  'resources/list': 'resources',
  'resources/templates/list': 'resourceTemplates',
} as const;

/** How long a client that subscribes waits for a server that is slow to listen. Milliseconds. */
const LISTENING_MS = 3_000;

/** One server as clients reach it: awake or not, of either era, restarted or not. */
export class ServerBack implements Back {
  readonly #parts: ServerBackParts;
  readonly #subscribers = new Subscribers();
  readonly #limiter = new Limiter();
  #upstream: { readonly era: Offer['era']; readonly it: Upstream } | null = null;
  #wasReady = false;
  #held: { readonly of: readonly unknown[]; readonly tools: ReadonlyMap<unknown, 'entry' | 'drift'> } | null = null;

  constructor(parts: ServerBackParts) {
    this.#parts = parts;
  }

  /** The unit changed: its state, or what it offers. */
  changed(): void {
    const { access, cache, name } = this.#parts;
    const isReady = this.#isReady();
    if (this.#wasReady && !isReady) this.#upstream?.it.reset();
    this.#wasReady = isReady;
    const offer = isReady ? access.offer(name) : null;
    if (!offer) return;
    // What clients were told before it was awake may have turned out stale.
    for (const kind of cache.remember(name, offer)) {
      this.#subscribers.tell({ jsonrpc: '2.0', method: `notifications/${kind}/list_changed` });
    }
    void this.#listen(offer);
  }

  async greet(_client: Client, signal: AbortSignal): Promise<Greeting> {
    return this.#known() ?? (await this.#awaited(signal));
  }

  async call(call: Call): Promise<Reply> {
    const { access, name } = this.#parts;
    call.routed(name);
    const known = this.#known();
    const fromCache = known && !this.#isOpenFor(call.client) ? this.#listed(call, known) : null;
    // A list from memory has none of the modern era's stamps on it.
    if (fromCache) return { era: 'legacy', answer: fromCache };
    const refusal = this.#refusal(call);
    if (refusal) return { era: 'legacy', answer: refusal };
    const release = access.use(name);
    try {
      return await this.#pass(call);
    } finally {
      release();
    }
  }

  inputSchema(tool: unknown): JsonObject | null {
    const schema = this.#known()?.lists.tools.items.find(({ name }) => name === tool)?.inputSchema;
    return isJsonObject(schema) ? schema : null;
  }

  subscribe(client: Client, interests: Interests, tell: (notification: RpcNotification) => void): Subscription {
    const cancel = this.#subscribers.add(client, interests, tell);
    const ready = this.#isReady() ? this.#listen(this.#parts.access.offer(this.#parts.name)) : Promise.resolve();
    return {
      ready,
      cancel: () => {
        cancel();
        void this.#upstream?.it.interestsChanged();
      },
    };
  }

  setLogLevel(client: Client, level: string): void {
    this.#upstreamOf(this.#known())?.setLogLevel(client, level);
  }

  notice(client: Client, notification: RpcNotification): void {
    this.#upstream?.it.notice(client, notification);
  }

  leave(client: Client): void {
    this.#upstream?.it.leave(client);
  }

  ownPids(clientId: string): readonly number[] {
    return this.#upstream?.it.ownPids(clientId) ?? [];
  }

  /** All tools as they are known now, with why some are held back. */
  tools(): readonly {
    readonly tool: JsonObject;
    readonly disabled: 'entry' | 'drift' | null;
    readonly changed: boolean;
  }[] {
    const { cache, name, settings } = this.#parts;
    const items = this.#known()?.lists.tools.items ?? [];
    const drifted = cache.drifted(name, items);
    const switchedOff = new Set(this.#spec()?.disabledTools);
    return items.map((tool) => {
      const changed = drifted.has(tool.name);
      const held = changed && settings.strictDrift ? 'drift' : null;
      return { tool, changed, disabled: switchedOff.has(tool.name) ? 'entry' : held };
    });
  }

  offer(): Offer | null {
    return this.#known();
  }

  close(): void {
    this.#upstream?.it.close();
  }

  async #pass(call: Call): Promise<Reply> {
    const { access, name, counted } = this.#parts;
    const limits = this.#spec()?.limits;
    const leave = await this.#limiter.enter(limits?.concurrency ?? 1, call.signal);
    if (!leave) {
      return { era: 'legacy', answer: rpcError(SERVER_ERROR, `${name} has too many calls waiting: try again later`) };
    }
    try {
      await access.awaken(name, { timeoutMs: limits?.timeoutMs ?? GREETING_MS, signal: call.signal });
      const offer = access.offer(name) ?? (await this.#awaited(call.signal));
      const upstream = this.#upstreamOf(offer);
      if (!upstream) throw new ProblemError({ what: `${name} is not there`, next: `mcp ${name} status` });
      const reply = this.#filtered(call, await upstream.call(call));
      counted(call.client, 'error' in reply.answer || reply.answer.result.isError === true);
      return reply;
    } catch (error) {
      counted(call.client, true);
      return { era: 'legacy', answer: rpcError(SERVER_ERROR, sentenceOf(error)) };
    } finally {
      leave();
    }
  }

  /** Waits until the server has introduced itself. */
  async #awaited(signal: AbortSignal): Promise<Offer> {
    const { access, name } = this.#parts;
    const deadline = performance.now() + GREETING_MS;
    await access.awaken(name, { timeoutMs: GREETING_MS, signal });
    for (;;) {
      const offer = access.offer(name);
      if (offer) return offer;
      const left = deadline - performance.now();
      if (left <= 0 || signal.aborted) {
        throw new ProblemError({ what: `${name} has not said yet what it offers`, next: `mcp ${name} logs` });
      }
      await this.#nextChange(Math.min(left, 500));
    }
  }

  #nextChange(ms: number): Promise<void> {
    const { access, name } = this.#parts;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        cancel();
        resolve();
      };
      const timer = setTimeout(done, ms);
      const cancel = access.onChanged((changed) => {
        if (changed === name) done();
      });
    });
  }

  /** What it offers now, or offered when it was last awake. */
  #known(): Offer | null {
    const { access, cache, name } = this.#parts;
    return (this.#isReady() ? access.offer(name) : null) ?? cache.offer(name);
  }

  #isReady(): boolean {
    const state = this.#parts.access.state(this.#parts.name);
    return state === 'ready' || state === 'degraded';
  }

  #isOpenFor(client: Client): boolean {
    return this.#isReady() && this.#upstreamOf(this.#known())?.isOpenFor(client) === true;
  }

  #spec(): LaunchSpec | null {
    return this.#parts.access.spec(this.#parts.name);
  }

  /** A list from memory; null for what only the server itself can answer. */
  #listed({ method, params, client }: Call, { lists, era }: Offer): RpcAnswer | null {
    const key = Object.hasOwn(LISTS, method) ? LISTS[method as keyof typeof LISTS] : null;
    if (key === null || params.cursor !== undefined) return null;
    // Whether it has other tools for a client that can be asked is found out by whoever is the first such client.
    if (key === 'tools' && era === 'legacy' && this.#isUndecidedFor(client)) return null;
    const { cache, name } = this.#parts;
    const asking = cache.talksBack(name) ? askingKey(client.capabilities) : '';
    const special = key === 'tools' && asking !== '' ? cache.toolsFor(name, asking) : null;
    if (key === 'tools' && asking !== '' && !special) return null;
    return { result: this.#withoutHeldBack(key, { [key]: special ?? lists[key].items }) };
  }

  #isUndecidedFor({ capabilities }: Client): boolean {
    const { cache, name } = this.#parts;
    const isOpen = this.#spec()?.sharing === 'auto' && cache.talksBack(name) === null;
    return isOpen && askingKey(capabilities) !== '' && this.#isReady();
  }

  /** Why a call may not reach the server at all. */
  #refusal({ method, params }: Call): RpcAnswer | null {
    if (method !== 'tools/call') return null;
    const held = this.#heldBack().get(params.name);
    if (!held) return null;
    const { name } = this.#parts;
    const why =
      held === 'entry'
        ? `is switched off in the entry of ${name} ("tools": {"disabled": …})`
        : `of ${name} changed its definition and waits to be accepted (view 6 of the cockpit)`;
    return rpcError(INVALID_PARAMS, `the tool ${String(params.name)} ${why}`);
  }

  #filtered({ method, params, client }: Call, reply: Reply): Reply {
    if (method !== 'tools/list' || 'error' in reply.answer) return reply;
    const { result } = reply.answer;
    const { cache, name } = this.#parts;
    const asking = cache.talksBack(name) ? askingKey(client.capabilities) : '';
    const whole = params.cursor === undefined && result.nextCursor === undefined;
    if (asking !== '' && whole && Array.isArray(result.tools)) {
      cache.rememberToolsFor(name, asking, result.tools.filter(isJsonObject));
    }
    return { era: reply.era, answer: { result: this.#withoutHeldBack('tools', result) } };
  }

  #withoutHeldBack(key: string, result: JsonObject): JsonObject {
    if (key !== 'tools' || !Array.isArray(result.tools)) return result;
    const held = this.#heldBack();
    if (held.size === 0) return result;
    return { ...result, tools: result.tools.filter((tool) => !isJsonObject(tool) || !held.has(tool.name)) };
  }

  /** Tools that clients do not get, with the reason; worked out anew when the list, the entry or what is accepted changed. */
  #heldBack(): ReadonlyMap<unknown, 'entry' | 'drift'> {
    const of = [this.#known()?.lists, this.#spec(), this.#parts.cache.acceptedBy(this.#parts.name)];
    if (this.#held?.of.every((part, index) => part === of[index])) return this.#held.tools;
    const tools = new Map(this.tools().flatMap(({ tool, disabled }) => (disabled ? [[tool.name, disabled]] : [])));
    this.#held = { of, tools };
    return tools;
  }

  /** Has the server tell us what clients want to hear of. */
  async #listen(offer: Offer | null): Promise<void> {
    if (this.#subscribers.size === 0) return;
    const patience = sleep(LISTENING_MS, undefined, { ref: false });
    await Promise.race([this.#upstreamOf(offer)?.interestsChanged(), patience]);
  }

  #upstreamOf(offer: Offer | null): Upstream | null {
    if (!offer) return null;
    if (this.#upstream?.era !== offer.era) {
      this.#upstream?.it.close();
      const { name, access, cache, settings, version } = this.#parts;
      const parts: UpstreamParts = {
        name,
        access,
        cache,
        settings,
        version,
        subscribers: this.#subscribers,
        spec: () => this.#spec(),
      };
      const it = offer.era === 'modern' ? new ModernUpstream(parts) : new LegacyUpstream(parts);
      this.#upstream = { era: offer.era, it };
    }
    return this.#upstream.it;
  }
}
