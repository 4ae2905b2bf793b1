import type { RpcNotification } from '../../protocol/json-rpc.ts';
import type { Client, Interests } from '../call.ts';

interface Subscriber {
  readonly client: Client;
  readonly interests: Interests;
  tell(notification: RpcNotification): void;
}

/** Who wants to hear of which changes of one server. */
export class Subscribers {
  readonly #all = new Set<Subscriber>();

  add(client: Client, interests: Interests, tell: (notification: RpcNotification) => void): () => void {
    const subscriber = { client, interests, tell };
    this.#all.add(subscriber);
    return () => this.#all.delete(subscriber);
  }

  get size(): number {
    return this.#all.size;
  }

  /** Each once. */
  get clients(): readonly Client[] {
    return [...new Map([...this.#all].map(({ client }) => [client.id, client])).values()];
  }

  /** Every URI somebody wants to hear of, of those clients that fit. */
  uris(fits: (client: Client) => boolean = everybody): ReadonlySet<string> {
    const those = [...this.#all].filter(({ client }) => fits(client));
    return new Set(those.flatMap(({ interests }) => interests.uris));
  }

  get interests(): Interests {
    const all = [...this.#all].map(({ interests }) => interests);
    return {
      tools: all.some(({ tools }) => tools),
      prompts: all.some(({ prompts }) => prompts),
      resources: all.some(({ resources }) => resources),
      uris: [...this.uris()],
    };
  }

  /** Tells everybody who wants to hear of it, of those clients that fit. */
  tell(notification: RpcNotification, fits: (client: Client) => boolean = everybody): void {
    for (const { client, interests, tell } of [...this.#all]) {
      // What nobody can subscribe to, sessions get.
      const isFor = wants(interests, notification) || (client.era === 'legacy' && isOther(notification));
      if (isFor && fits(client)) tell(notification);
    }
  }
}

const everybody = (): boolean => true;

function wants({ tools, prompts, resources, uris }: Interests, { method, params }: RpcNotification): boolean {
  if (method === 'notifications/tools/list_changed') return tools;
  if (method === 'notifications/prompts/list_changed') return prompts;
  if (method === 'notifications/resources/list_changed') return resources;
  if (method !== 'notifications/resources/updated') return false;
  // A server may name a resource below the one subscribed to (2025-11-25, subscriptions).
  const uri = typeof params?.uri === 'string' ? params.uri : '';
  return uris.some((wanted) => uri === wanted || uri.startsWith(`${wanted.replace(/\/$/, '')}/`));
}

function isOther({ method }: RpcNotification): boolean {
  return !method.endsWith('/list_changed') && method !== 'notifications/resources/updated';
}
