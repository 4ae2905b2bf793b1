import type { JsonObject } from '../../protocol/json-rpc.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { OwnLink } from '../../supervisor/server-access.ts';
import type { Client } from '../call.ts';
import { LinkInUse } from './link-in-use.ts';
import { CONNECT_MS, type UpstreamParts } from './upstream.ts';

interface Own {
  readonly clientId: string;
  /** Of a legacy session: it lives as long as that. */
  readonly isSession: boolean;
  readonly pid: number | null;
  readonly use: LinkInUse;
  readonly link: OwnLink;
}

/** Connections of one modern client at once; further calls share the least busy one. */
const MAX_PER_CLIENT = 8;

/**
 * Connections that are for one client each. A session has one, for as long as it lives. A modern client has no session and
 * may be asked only within a call, so each of its calls gets one to itself, kept for the next call and ended when it was
 * idle for long.
 */
export class OwnLinkPool {
  readonly #parts: UpstreamParts;
  readonly #links = new Set<Own>();
  readonly #opening = new Map<string, Promise<Own>>();
  /** Ends what is being opened for a client that left meanwhile. */
  readonly #left = new Map<string, Set<AbortController>>();
  readonly #reaper: NodeJS.Timeout;

  constructor(parts: UpstreamParts) {
    this.#parts = parts;
    this.#reaper = setInterval(() => this.#reap(), Math.max(50, parts.settings.childIdleMs / 4)).unref();
  }

  has(clientId: string): boolean {
    return this.of(clientId).length > 0;
  }

  of(clientId: string): readonly LinkInUse[] {
    return this.#ofClient(clientId).map(({ use }) => use);
  }

  pids(clientId: string): readonly number[] {
    return this.#ofClient(clientId).flatMap(({ pid }) => pid ?? []);
  }

  /** @throws ProblemError */
  async get(client: Client, initializeParams: JsonObject): Promise<LinkInUse> {
    const mine = this.#ofClient(client.id);
    const isSession = client.era === 'legacy';
    const free = isSession ? mine[0] : mine.find(({ use }) => use.busy === 0);
    if (free) return free.use;
    if (!isSession && mine.length < MAX_PER_CLIENT) return (await this.#open(client, initializeParams)).use;
    const [least] = [...mine].sort((a, b) => a.use.busy - b.use.busy);
    if (least) return least.use;
    const opening = this.#opening.get(client.id) ?? this.#open(client, initializeParams);
    this.#opening.set(client.id, opening);
    try {
      return (await opening).use;
    } finally {
      this.#opening.delete(client.id);
    }
  }

  leave(clientId: string): void {
    for (const abort of this.#left.get(clientId) ?? []) abort.abort();
    for (const own of this.#ofClient(clientId)) this.#end(own);
  }

  reset(): void {
    for (const own of [...this.#links]) this.#end(own);
  }

  close(): void {
    clearInterval(this.#reaper);
    this.reset();
  }

  async #open(client: Client, initializeParams: JsonObject): Promise<Own> {
    const { name, access, subscribers, settings } = this.#parts;
    const link = await this.#unlessLeft(client.id, (signal) =>
      access.connect(name, { initializeParams, timeoutMs: CONNECT_MS, signal }),
    );
    const use = new LinkInUse(link, {
      heard: (told) => subscribers.tell(told, ({ id }) => id === client.id),
      isOwn: true,
      ask: client.ask,
      asked: () => undefined,
    });
    const own: Own = { clientId: client.id, isSession: client.era === 'legacy', pid: link.pid, use, link };
    this.#links.add(own);
    link.onClosed(() => this.#links.delete(own));
    link.listen();
    access.prepare(name, settings.childIdleMs);
    return own;
  }

  async #unlessLeft(clientId: string, open: (signal: AbortSignal) => Promise<OwnLink>): Promise<OwnLink> {
    const abort = new AbortController();
    const mine = this.#left.get(clientId) ?? new Set();
    this.#left.set(clientId, mine.add(abort));
    try {
      const link = await open(abort.signal);
      if (!abort.signal.aborted) return link;
      await link.close().catch(() => undefined);
      throw new ProblemError({ what: 'the client is gone' });
    } finally {
      mine.delete(abort);
      if (mine.size === 0) this.#left.delete(clientId);
    }
  }

  #ofClient(clientId: string): readonly Own[] {
    return [...this.#links].filter((own) => own.clientId === clientId);
  }

  #end(own: Own): void {
    this.#links.delete(own);
    void own.link.close().catch(() => undefined);
  }

  #reap(): void {
    const { childIdleMs } = this.#parts.settings;
    for (const own of [...this.#links]) {
      if (!own.isSession && own.use.idleMs >= childIdleMs) this.#end(own);
    }
  }
}
