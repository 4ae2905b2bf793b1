import type { RpcNotification } from '../../protocol/json-rpc.ts';
import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { HubSettings } from '../../registry/settings.ts';
import type { ServerAccess } from '../../supervisor/server-access.ts';
import type { Call, Client, Reply } from '../call.ts';
import type { CatalogCache } from './catalog-cache.ts';
import type { Subscribers } from './subscribers.ts';

/** What both kinds of upstream work with. */
export interface UpstreamParts {
  readonly name: string;
  readonly access: ServerAccess;
  readonly cache: CatalogCache;
  readonly settings: HubSettings;
  readonly subscribers: Subscribers;
  readonly version: string;
  spec(): LaunchSpec | null;
}

/** A server that is ready, in the words of its era. */
export interface Upstream {
  /** Never rejects. */
  call(call: Call): Promise<Reply>;
  /** Whether a list asked for this client would come from an open connection. */
  isOpenFor(client: Client): boolean;
  setLogLevel(client: Client, level: string): void;
  notice(client: Client, notification: RpcNotification): void;
  /** Who wants to hear of what has changed. */
  interestsChanged(): Promise<void>;
  leave(client: Client): void;
  /** Processes that run for this client alone. */
  ownPids(clientId: string): readonly number[];
  /** Lets go of everything, because the server did. */
  reset(): void;
  close(): void;
}

/** Takes part in a connection attempt that may take as long as the server's own start. Milliseconds. */
export const CONNECT_MS = 60_000;
