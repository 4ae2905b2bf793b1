import type { HubSettings } from '../registry/settings.ts';
import type {
  CallOutcome,
  CallRequest,
  ClientsView,
  HubView,
  ServerTools,
  TrafficDetail,
  TrafficPage,
  TrafficQuery,
  UnitTraffic,
} from './api.ts';
import type { ServerAccess } from './server-access.ts';

/** What the hub is given. It reaches servers only through `access`. */
export interface HubParts {
  readonly access: ServerAccess;
  /** The bearer token that every client must send. */
  readonly token: string;
  readonly settings: HubSettings;
  /** For what must outlive this process: caches, accepted definitions. */
  readonly runtimeDir: string;
  /** What `~` stands for in settings. */
  readonly home: string;
  readonly version: string;
  /** Ports or problems changed: everybody should look again. */
  changed(): void;
  /** Something a person should read once. */
  note(server: string | null, kind: string, text: string): void;
}

/** The HTTP side of the supervisor, as the supervisor sees it. The hub implements it; nothing here knows how. */
export interface HubSide {
  /** Opens the ports. Never rejects: what cannot be opened is a problem of {@link view}. */
  start(): Promise<void>;
  /** The registry changed: other ports, other servers. */
  serversChanged(): void;
  /** Ends streams and sessions, frees the ports. */
  close(): Promise<void>;
  view(): HubView;
  trafficOf(server: string): UnitTraffic;
  /** A session, a stream or a request is open: the supervisor must not end for idleness. */
  readonly isBusy: boolean;
  clients(): Promise<ClientsView>;
  traffic(query: TrafficQuery): TrafficPage;
  message(seq: number): TrafficDetail | null;
  tools(names: readonly string[] | null): readonly ServerTools[];
  acceptTools(server: string): void;
  call(request: CallRequest): Promise<CallOutcome>;
}

/** What there is to see where no hub runs. */
export const NO_CLIENTS: ClientsView = {
  clients: [],
  sharing: { processesWithout: 0, processes: 0, memorySavedBytes: 0 },
};
export const NO_TRAFFIC: TrafficPage = { entries: [], next: 0, latency: { p50: null, p95: null, p99: null } };

export type OpenHub = (parts: HubParts) => HubSide;
