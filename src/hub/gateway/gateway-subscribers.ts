import type { RpcNotification } from '../../protocol/json-rpc.ts';
import type { Client, Interests, Subscription } from '../call.ts';
import { type Address, addressed } from './addresses.ts';
import type { Kind } from './kinds.ts';
import type { Members } from './members.ts';

/** Changes of a moment are told once. Milliseconds. */
const GATHER_MS = 50;

interface SubscriberParts {
  readonly members: Members;
  readonly client: Client;
  readonly interests: Interests;
  tell(notification: RpcNotification): void;
  /** Whose a URI is; null where nobody has it yet. */
  addressOf(uri: string): Address | null;
  /** A server says that a list of it changed. */
  stale(server: string): void;
}

/** What one client wants to hear of, from every server behind a gateway. */
export class GatewaySubscriber {
  readonly #parts: SubscriberParts;
  readonly #at = new Map<string, Subscription & { readonly key: string }>();
  readonly #news = new Set<string>();
  /** Every server that is there listens by then. */
  readonly ready: Promise<void>;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: SubscriberParts) {
    this.#parts = parts;
    this.refresh();
    this.ready = Promise.all([...this.#at.values()].map((at) => at.ready)).then(() => undefined);
  }

  /** The servers are others, or offer something else: listens where it should. */
  refresh(): void {
    const { members, client, interests, addressOf } = this.#parts;
    const addresses = interests.uris.flatMap((uri) => addressOf(uri) ?? []);
    const names = new Set(members.names());
    for (const [server, { cancel }] of [...this.#at]) {
      if (names.has(server)) continue;
      cancel();
      this.#at.delete(server);
    }
    for (const server of names) {
      const uris = addresses.flatMap((address) => (address.server === server ? [address.uri] : []));
      const key = JSON.stringify(uris);
      const at = this.#at.get(server);
      if (at?.key === key) continue;
      const hear = (notification: RpcNotification) => this.#hear(server, notification);
      const { ready, cancel } = members.backOf(server).subscribe(client, { ...interests, uris }, hear);
      at?.cancel();
      this.#at.set(server, { key, ready, cancel });
    }
  }

  /** A list of the gateway is not what it was. */
  changed({ capability }: Kind): void {
    if (this.#parts.interests[capability]) this.#gather(`notifications/${capability}/list_changed`);
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    for (const { cancel } of this.#at.values()) cancel();
    this.#at.clear();
  }

  #hear(server: string, notification: RpcNotification): void {
    const { method, params } = notification;
    if (method.endsWith('/list_changed')) {
      this.#parts.stale(server);
      this.#gather(method);
    } else if (method === 'notifications/resources/updated' && typeof params?.uri === 'string') {
      const uri = this.#shown({ server, uri: params.uri });
      this.#parts.tell({ ...notification, params: { ...params, uri } });
    } else this.#parts.tell(notification);
  }

  /** A URI of a server as this client knows it. */
  #shown(address: Address): string {
    const prefixed = addressed(address);
    const { interests } = this.#parts;
    const isBelow = (wanted: string) => prefixed === wanted || prefixed.startsWith(`${wanted}/`);
    return interests.uris.some(isBelow) ? prefixed : address.uri;
  }

  #gather(method: string): void {
    this.#news.add(method);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const news = [...this.#news];
      this.#news.clear();
      for (const method of news) this.#parts.tell({ jsonrpc: '2.0', method });
    }, GATHER_MS).unref();
  }
}
