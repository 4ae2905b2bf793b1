import type { JsonObject, RpcNotification } from '../../protocol/json-rpc.ts';
import type { Link } from '../../protocol/peer.ts';
import { LEGACY_REVISION } from '../../protocol/revisions.ts';
import { askingKey, type Call, type Client, type Reply } from '../call.ts';
import { INVALID_PARAMS, rpcError } from '../rpc-codes.ts';
import { lessSevere } from '../translate.ts';
import { answerOf, LinkInUse } from './link-in-use.ts';
import { OwnLinkPool } from './own-link-pool.ts';
import { SharedLink } from './shared-link.ts';
import { asksBack, refusedForWantOfCapability } from './talks-back.ts';
import type { Upstream, UpstreamParts } from './upstream.ts';

/** Long enough for whatever an answer to such a request may take. Milliseconds. */
const SETTING_MS = 10_000;

/** What was set on a connection by request, so that it is not set again, and is set again on the next. */
interface Settings {
  level: string | null;
  readonly uris: Set<string>;
}

/**
 * A server of a revision up to 2025-11-25. Clients share its connection, which declared no capabilities, so that the
 * server asks nobody anything; where a server does ask its clients, those that can answer get a connection each.
 */
export class LegacyUpstream implements Upstream {
  readonly #parts: UpstreamParts;
  readonly #shared: SharedLink<LinkInUse>;
  readonly #own: OwnLinkPool;
  readonly #settings = new WeakMap<Link, Settings>();
  readonly #levels = new Map<string, string>();

  constructor(parts: UpstreamParts) {
    this.#parts = parts;
    this.#shared = new SharedLink(parts.name, parts.access, (link) => {
      const heard = (told: RpcNotification) => parts.subscribers.tell(told, (client) => !this.#isAlone(client));
      const asked = (method: string) => {
        if (method !== 'roots/list') parts.cache.setTalksBack(parts.name, true);
      };
      return new LinkInUse(link, { heard, isOwn: false, ask: null, asked });
    });
    this.#own = new OwnLinkPool(parts);
  }

  async call(call: Call): Promise<Reply> {
    // Such a server knows no state: it would take the retry for a call, and make it a second time.
    if (call.client.era === 'modern' && call.params.requestState !== undefined) {
      return {
        era: 'legacy',
        answer: rpcError(INVALID_PARAMS, 'Invalid params: requestState is refused, it is unknown'),
      };
    }
    try {
      const link = await this.#linkFor(call.client);
      await this.#prepare(link, call);
      const answer = await link.exchange(call, call.params, this.#parts.spec()?.limits.timeoutMs ?? SETTING_MS);
      if (refusedForWantOfCapability(answer) && askingKey(call.client.capabilities) !== '') {
        this.#parts.cache.setTalksBack(this.#parts.name, true);
      }
      return { era: 'legacy', answer };
    } catch (error) {
      return { era: 'legacy', answer: answerOf(error) };
    }
  }

  isOpenFor(client: Client): boolean {
    return this.#wantsOwn(client) ? this.#own.has(client.id) : this.#shared.open !== null;
  }

  setLogLevel(client: Client, level: string): void {
    this.#levels.set(client.id, level);
    for (const { link } of this.#open(client)) void this.#setLevel(link, this.#levelFor(link, client));
  }

  notice(client: Client, { method, params }: RpcNotification): void {
    if (!this.#wantsOwn(client) && OF_ONE_CLIENT.has(method)) return;
    for (const { link } of this.#open(client)) void link.notify(method, params).catch(() => undefined);
  }

  /** Listens for everybody, also for those who have not called yet. A server that is not there is listened to when it is. */
  async interestsChanged(): Promise<void> {
    const { clients } = this.#parts.subscribers;
    await Promise.allSettled([this.#attend(), ...clients.map((client) => this.#attendAlone(client))]);
  }

  leave(client: Client): void {
    this.#levels.delete(client.id);
    this.#own.leave(client.id);
    void this.interestsChanged();
  }

  ownPids(clientId: string): readonly number[] {
    return this.#own.pids(clientId);
  }

  reset(): void {
    this.#shared.reset();
    this.#own.reset();
  }

  close(): void {
    this.reset();
    this.#own.close();
  }

  /** A session with a connection to itself hears on that; modern clients, whose connections come and go, on the shared one. */
  #isAlone(client: Client): boolean {
    return client.era === 'legacy' && this.#wantsOwn(client);
  }

  async #attend(): Promise<void> {
    const isHere = (client: Client) => !this.#isAlone(client);
    const { open } = this.#shared;
    if (!open && !this.#parts.subscribers.clients.some(isHere)) return;
    const { link } = open ?? (await this.#shared.get());
    await this.#setUris(link, this.#parts.subscribers.uris(isHere));
  }

  async #attendAlone(client: Client): Promise<void> {
    if (!this.#isAlone(client)) return;
    const uris = this.#urisOf(client);
    if (uris.size === 0 && !this.#own.has(client.id)) return;
    const { link } = await this.#own.get(client, initializeParams(client));
    await this.#setUris(link, uris);
  }

  #urisOf(client: Client): ReadonlySet<string> {
    return this.#parts.subscribers.uris(({ id }) => id === client.id);
  }

  #wantsOwn({ capabilities }: Client): boolean {
    const { sharing = 'auto' } = this.#parts.spec() ?? {};
    if (sharing !== 'auto') return sharing === 'session';
    return askingKey(capabilities) !== '' && this.#parts.cache.talksBack(this.#parts.name) === true;
  }

  async #linkFor(client: Client): Promise<LinkInUse> {
    const { name, spec, cache } = this.#parts;
    const undecided = spec()?.sharing === 'auto' && cache.talksBack(name) === null;
    if (undecided && askingKey(client.capabilities) !== '') {
      await cache.decideTalksBack(name, () => asksBack(this.#parts));
    }
    if (!this.#wantsOwn(client)) return await this.#shared.get();
    return await this.#own.get(client, initializeParams(client));
  }

  /** What the call needs set before it: the level of log messages, and what the client subscribed to. */
  async #prepare({ link }: LinkInUse, { client, logLevel }: Call): Promise<void> {
    const level = logLevel ?? this.#levels.get(client.id) ?? null;
    const isShared = this.#shared.open?.link === link;
    const wanted = level !== null && isShared ? lessSevere(this.#settings.get(link)?.level ?? null, level) : level;
    if (wanted !== null) await this.#setLevel(link, wanted);
    if (isShared) await this.#attend();
    else if (this.#isAlone(client)) await this.#setUris(link, this.#urisOf(client));
  }

  #levelFor(link: Link, client: Client): string {
    const own = this.#levels.get(client.id) ?? 'info';
    if (this.#shared.open?.link !== link) return own;
    return [...this.#levels.values()].reduce((least, level) => lessSevere(least, level), own);
  }

  async #setLevel(link: Link, level: string): Promise<void> {
    const settings = this.#settingsOf(link);
    if (link.capabilities.logging === undefined || settings.level === level) return;
    settings.level = level;
    await link.exchange('logging/setLevel', { level }, { timeoutMs: SETTING_MS }).catch(() => undefined);
  }

  async #setUris(link: Link, wanted: ReadonlySet<string>): Promise<void> {
    const { uris } = this.#settingsOf(link);
    if (!subscribes(link.capabilities.resources)) return;
    const change = async (method: string, uri: string): Promise<void> => {
      await link.exchange(method, { uri }, { timeoutMs: SETTING_MS }).catch(() => undefined);
    };
    const added = [...wanted].filter((uri) => !uris.has(uri));
    const removed = [...uris].filter((uri) => !wanted.has(uri));
    for (const uri of added) uris.add(uri);
    for (const uri of removed) uris.delete(uri);
    await Promise.all([
      ...added.map((uri) => change('resources/subscribe', uri)),
      ...removed.map((uri) => change('resources/unsubscribe', uri)),
    ]);
  }

  #settingsOf(link: Link): Settings {
    const known = this.#settings.get(link);
    if (known) return known;
    const settings: Settings = { level: null, uris: new Set() };
    this.#settings.set(link, settings);
    return settings;
  }

  #open(client: Client): readonly LinkInUse[] {
    const { open } = this.#shared;
    return this.#wantsOwn(client) ? this.#own.of(client.id) : open ? [open] : [];
  }
}

/** What a server that is shared cannot be told: it asked nobody, and knows of nobody's roots. */
const OF_ONE_CLIENT: ReadonlySet<string> = new Set(['notifications/roots/list_changed', 'notifications/progress']);

function subscribes(resources: unknown): boolean {
  return (
    typeof resources === 'object' && resources !== null && 'subscribe' in resources && resources.subscribe === true
  );
}

/** How the server is greeted on behalf of a client: in its own words where it has some. */
function initializeParams({ initializeParams: own, capabilities, info }: Client): JsonObject {
  return own ?? { protocolVersion: LEGACY_REVISION, capabilities, clientInfo: info };
}
