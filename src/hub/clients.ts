import type { Socket } from 'node:net';
import type { JsonObject } from '../protocol/json-rpc.ts';
import type { ClientView } from '../supervisor/api.ts';
import type { Ask, Client } from './call.ts';
import { type PeerProcess, processBehind } from './peer-process.ts';
import type { Envelope } from './translate.ts';

/** What is known of one client while it is connected, and for a while after. */
interface Entry {
  readonly client: Client;
  readonly endpoint: string;
  readonly via: ClientView['via'];
  peer: PeerProcess | null;
  readonly since: number;
  lastSeen: number;
  /** Requests under way and open streams. */
  busy: number;
  calls: number;
  failures: number;
  /** Server → calls. */
  readonly uses: Map<string, number>;
}

/** A modern client has no session to end: it counts as gone after this long without a word. Milliseconds. */
const GONE_AFTER_MS = 120_000;
const SWEEP_MS = 10_000;
/** Clients known at once; with more, those silent longest are forgotten. */
const MAX_CLIENTS = 2000;

/**
 * Who talks to the hub. A legacy client is its session; a modern one, which has none, is the process at the other end of
 * its connection together with the name it gives itself.
 */
export class ClientBook {
  readonly #entries = new Map<string, Entry>();
  readonly #sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  readonly #onGone = new Set<(client: Client) => void>();
  readonly #peers = new WeakMap<Socket, Promise<PeerProcess | null>>();

  /** Called when a client is gone. */
  onGone(listener: (client: Client) => void): void {
    this.#onGone.add(listener);
  }

  async modern(
    socket: Socket,
    via: ClientView['via'],
    endpoint: string,
    { revision, capabilities, info }: Envelope,
  ): Promise<Client> {
    const peer = await this.#peerOf(socket);
    const who = peer ? `${peer.pid}.${peer.startTicks}` : `port ${socket.remotePort}`;
    const id = `${who} ${via} ${endpoint} ${nameOf(info)} ${Object.keys(capabilities).sort().join('+')}`;
    const known = this.#entries.get(id);
    if (known) {
      known.lastSeen = Date.now();
      return known.client;
    }
    const client: Client = { id, era: 'modern', revision, info, capabilities, initializeParams: null, ask: null };
    this.#add({ client, endpoint, via, peer });
    return client;
  }

  /** A session begins. `id` is the session's. */
  legacy(
    socket: Socket,
    endpoint: string,
    via: ClientView['via'],
    session: { readonly id: string; readonly revision: string; readonly params: JsonObject; readonly ask: Ask },
  ): Client {
    const { id, revision, params, ask } = session;
    const client: Client = {
      id,
      era: 'legacy',
      revision,
      info: objectIn(params.clientInfo),
      capabilities: objectIn(params.capabilities),
      initializeParams: params,
      ask,
    };
    const entry = this.#add({ client, endpoint, via, peer: null });
    // Its session is who it is; the process is for people to see.
    void this.#peerOf(socket).then((peer) => {
      entry.peer = peer;
    });
    return client;
  }

  /** The cockpit and the command line themselves, which need no socket. */
  internal(id: string, info: JsonObject): Client {
    const known = this.#entries.get(id);
    if (known) return known.client;
    const client: Client = {
      id,
      era: 'modern',
      revision: '2026-07-28',
      info,
      capabilities: {},
      initializeParams: null,
      ask: null,
    };
    this.#add({ client, endpoint: '', via: 'cockpit', peer: null });
    return client;
  }

  /** It is busy until the returned function is called. */
  busy(client: Client): () => void {
    const entry = this.#entries.get(client.id);
    if (!entry) return () => undefined;
    entry.busy += 1;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      entry.busy -= 1;
      entry.lastSeen = Date.now();
    };
  }

  touch(client: Client): void {
    const entry = this.#entries.get(client.id);
    if (entry) entry.lastSeen = Date.now();
  }

  /** A call of it went to a server and ended. */
  count(client: Client, server: string, failed: boolean): void {
    const entry = this.#entries.get(client.id);
    if (!entry) return;
    entry.calls += 1;
    if (failed) entry.failures += 1;
    entry.uses.set(server, (entry.uses.get(server) ?? 0) + 1);
  }

  gone(client: Client): void {
    if (!this.#entries.delete(client.id)) return;
    for (const listener of this.#onGone) listener(client);
  }

  get size(): number {
    return this.#entries.size;
  }

  get isBusy(): boolean {
    return [...this.#entries.values()].some(({ busy }) => busy > 0);
  }

  /** How many clients used a server and are still there. */
  usersOf(server: string): number {
    let users = 0;
    for (const { uses, endpoint } of this.#entries.values()) {
      if (uses.has(server) || endpoint.startsWith(`/${server}/`)) users += 1;
    }
    return users;
  }

  /** `ownPids`: processes that run for one client alone, by client id and server. */
  views(ownPids: (clientId: string, server: string) => readonly number[]): readonly ClientView[] {
    return [...this.#entries.values()].map(
      ({ client, endpoint, via, peer, since, lastSeen, busy, calls, failures, uses }) => ({
        id: client.id,
        name: nameOf(client.info),
        version: typeof client.info.version === 'string' ? client.info.version.slice(0, 100) : null,
        era: client.era,
        revision: client.revision,
        via,
        pid: peer?.pid ?? null,
        command: peer?.command ?? null,
        since,
        lastSeen,
        calls,
        failures,
        connected: busy > 0,
        endpoint,
        uses: [...uses].map(([server, count]) => ({ server, calls: count, ownPids: ownPids(client.id, server) })),
      }),
    );
  }

  close(): void {
    clearInterval(this.#sweeper);
  }

  #add(facts: Pick<Entry, 'client' | 'endpoint' | 'via' | 'peer'>): Entry {
    const now = Date.now();
    const entry = { ...facts, since: now, lastSeen: now, busy: 0, calls: 0, failures: 0, uses: new Map() };
    this.#entries.set(entry.client.id, entry);
    if (this.#entries.size > MAX_CLIENTS) this.#forgetOne();
    return entry;
  }

  #peerOf(socket: Socket): Promise<PeerProcess | null> {
    const known = this.#peers.get(socket);
    if (known) return known;
    const peer = processBehind(socket).catch(() => null);
    this.#peers.set(socket, peer);
    return peer;
  }

  /** Sessions end by themselves; who has none is gone when it was silent for long. */
  #sweep(): void {
    const silent = Date.now() - GONE_AFTER_MS;
    for (const { client, busy, lastSeen } of [...this.#entries.values()]) {
      if (client.era === 'modern' && busy === 0 && lastSeen < silent) this.gone(client);
    }
  }

  #forgetOne(): void {
    const idle = [...this.#entries.values()].filter(({ busy, client }) => busy === 0 && client.era === 'modern');
    const [oldest] = idle.sort((a, b) => a.lastSeen - b.lastSeen);
    if (oldest) this.gone(oldest.client);
  }
}

/** As it calls itself, fit for a table. */
export function nameOf({ name, title }: JsonObject): string {
  const said = typeof title === 'string' && title !== '' ? title : name;
  return typeof said === 'string' && said !== '' ? said.slice(0, 100) : 'unnamed';
}

function objectIn(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
