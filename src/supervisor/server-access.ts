import type { Lists } from '../protocol/catalog.ts';
import type { JsonObject } from '../protocol/json-rpc.ts';
import type { Link } from '../protocol/peer.ts';
import type { LaunchSpec } from '../registry/launch-spec.ts';
import type { Desired, Era, UnitState, UnitView } from './api.ts';

/** What a server said about itself at its last handshake, and all it offers. */
export interface Offer {
  readonly era: Era;
  readonly revision: string;
  /** The whole result of `initialize` or `server/discover`. */
  readonly greeting: JsonObject;
  readonly lists: Lists;
  /** Of the tool definitions; see `Catalog.hash`. */
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly takenAt: number;
}

/** A connection that is for one client alone, and what runs only for it. */
export interface OwnLink extends Link {
  /** Leader of the process that runs for this connection alone; null where the server serves many itself. */
  readonly pid: number | null;
}

/** How the hub reaches the servers: what the supervisor knows of them, and connections to them. */
export interface ServerAccess {
  /** Usable entries in registry order. */
  names(): readonly string[];
  view(name: string): UnitView | null;
  /** The state alone, at the price of a look; null for an unknown one. */
  state(name: string): UnitState | null;
  /** Whether it is wanted, at the same price. */
  desired(name: string): Desired | null;
  /** The entry as it runs or would run; null for an unknown or unusable one. Holds secrets. */
  spec(name: string): LaunchSpec | null;
  /** Null before the server was connected to for the first time in the life of this supervisor. */
  offer(name: string): Offer | null;
  /**
   * Resolves when the server is ready, having woken one that sleeps.
   *
   * @throws ProblemError for one that is unknown, stopped, given up, blocked or in want of credentials, and when
   *   `timeoutMs` is over or `signal` aborted before it is ready
   */
  awaken(name: string, options: { readonly timeoutMs: number; readonly signal: AbortSignal }): Promise<void>;
  /** The connection the supervisor itself holds to a stdio server, which declares no capabilities; null while there is none. */
  sharedLink(name: string): Link | null;
  /**
   * One more connection to a server that is ready: another child of a stdio server, another session of others. With
   * `initializeParams` it is greeted as a legacy server, in the words of that client. Ends with the unit.
   *
   * @throws ProblemError
   */
  connect(
    name: string,
    options: { readonly initializeParams?: JsonObject; readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<OwnLink>;
  /** Has a child ready for the next {@link connect} to a stdio server; ended when none comes within `keepMs`. */
  prepare(name: string, keepMs: number): void;
  /** A call is under way until the returned function is called: a server in use does not go to sleep. */
  use(name: string): () => void;
  /** Called with the name of a unit whose state or offer changed. Returns a function that ends it. */
  onChanged(listener: (name: string) => void): () => void;
}
