import { isJsonObject, type JsonObject } from '../../protocol/json-rpc.ts';
import type { ServerBack } from '../back/server-back.ts';
import { askingKey, type Client, GREETING_MS } from '../call.ts';
import { METHOD_NOT_FOUND } from '../rpc-codes.ts';
import type { Kind } from './kinds.ts';
import { quietCall } from './redirected.ts';
import { within } from './within.ts';

/** One list of one server, whole. */
export interface Listed {
  readonly items: readonly JsonObject[];
  /** How long it holds, in milliseconds; 0 where nobody says. */
  readonly ttlMs: number;
  readonly isPublic: boolean;
}

/** No server delays a list for longer than this. Milliseconds. */
const PATIENCE_MS = 1000;
/** As for the lists of a single server: then somebody turns in circles. */
const MOST_PAGES = 64;
const MOST_ITEMS = 10_000;

interface Held {
  readonly listed: Listed;
  readonly until: number;
}

/**
 * The lists of the servers behind a gateway. One that is slow or dead is answered for from what it was known to offer;
 * where it answers later and otherwise, that is news.
 */
export class MemberLists {
  readonly #backOf: (server: string) => ServerBack;
  readonly #news: (server: string, kind: Kind) => void;
  /** Questions under way; nobody is asked twice at once. */
  readonly #asking = new Map<string, Promise<Listed | null>>();
  /** Answers that still hold by the word of their server. */
  readonly #held = new Map<string, Held>();

  constructor(backOf: (server: string) => ServerBack, news: (server: string, kind: Kind) => void) {
    this.#backOf = backOf;
    this.#news = news;
  }

  /** Never rejects; null where nothing is known of a server that does not answer. */
  async list(client: Client, server: string, kind: Kind): Promise<Listed | null> {
    const back = this.#backOf(server);
    const offer = back.offer();
    const declared = offer?.greeting.capabilities;
    if (offer && !(isJsonObject(declared) && declared[kind.capability] !== undefined)) return NOTHING;
    const held = this.#held.get(heldKey(client, server, kind));
    if (held && held.until > performance.now()) return held.listed;
    const asking = this.ask(client, server, kind);
    const prompt = await within(PATIENCE_MS, asking);
    if (prompt) return prompt;
    const known = this.#known(back, kind);
    void asking.then((late) => {
      if (late && JSON.stringify(late.items) !== JSON.stringify(known?.items)) this.#news(server, kind);
    });
    return known;
  }

  /** Asks the server itself, for as long as a client waits. Null where it does not answer. */
  ask(client: Client, server: string, kind: Kind): Promise<Listed | null> {
    const key = `${client.id} ${keyOf(server, kind)}`;
    const asking = this.#asking.get(key) ?? this.#whole(client, server, kind).finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }

  /** What the server said of its lists holds no longer. */
  changed(server: string): void {
    for (const key of this.#held.keys()) if (key.startsWith(`${server} `)) this.#held.delete(key);
  }

  async #whole(client: Client, server: string, kind: Kind): Promise<Listed | null> {
    const back = this.#backOf(server);
    const signal = AbortSignal.timeout(GREETING_MS);
    const items: JsonObject[] = [];
    const seen = new Set<unknown>();
    let ttlMs = Number.POSITIVE_INFINITY;
    let isPublic = true;
    let params: JsonObject = {};
    while (seen.size < MOST_PAGES && items.length < MOST_ITEMS) {
      const { answer } = await back.call(quietCall(client, kind.method, params, signal));
      if ('error' in answer) return answer.error.code === METHOD_NOT_FOUND ? NOTHING : null;
      const { [kind.key]: page, nextCursor, ttlMs: ttl, cacheScope } = answer.result;
      if (Array.isArray(page)) items.push(...page.filter(isJsonObject));
      ttlMs = Math.min(ttlMs, typeof ttl === 'number' && ttl >= 0 ? ttl : 0);
      isPublic &&= cacheScope === 'public';
      if (typeof nextCursor !== 'string' || seen.has(nextCursor)) break;
      seen.add(nextCursor);
      params = { cursor: nextCursor };
    }
    const listed = { items, ttlMs, isPublic };
    if (ttlMs > 0) this.#held.set(heldKey(client, server, kind), { listed, until: performance.now() + ttlMs });
    return listed;
  }

  #known(back: ServerBack, { key }: Kind): Listed | null {
    const lists = back.offer()?.lists;
    if (!lists) return null;
    const items =
      key === 'tools' ? back.tools().flatMap(({ tool, disabled }) => (disabled ? [] : [tool])) : lists[key].items;
    return { items, ttlMs: 0, isPublic: false };
  }
}

const NOTHING: Listed = { items: [], ttlMs: Number.POSITIVE_INFINITY, isPublic: true };

function keyOf(server: string, { key }: Kind): string {
  return `${server} ${key}`;
}

/** All clients come with the same credentials upstream: only what they can be asked may make a difference. */
function heldKey({ capabilities }: Client, server: string, kind: Kind): string {
  return `${keyOf(server, kind)} ${askingKey(capabilities)}`;
}
