import type { JsonObject, RpcAnswer, RpcNotification } from '../protocol/json-rpc.ts';
import type { Era } from '../protocol/revisions.ts';

/**
 * What stands between the fronts (a client of either era, over whatever carries it) and the backs (a server of either era,
 * or all of them as one). A front makes a {@link Call} of each request; a back answers it. Whoever differs in era from the
 * other finds the difference in these types, and nowhere else.
 */

/** Who asks: a legacy session, or the process behind modern requests. */
export interface Client {
  /** Unique among those that are connected. */
  readonly id: string;
  readonly era: Era;
  readonly revision: string;
  /** As it introduced itself. Never decide by it. */
  readonly info: JsonObject;
  /** What it declared that it can: `roots`, `sampling`, `elicitation` and whatever else. */
  readonly capabilities: JsonObject;
  /** Legacy: the whole parameters of its `initialize`. */
  readonly initializeParams: JsonObject | null;
  /**
   * Asks it on behalf of a server outside any call; null where that cannot be done (modern clients are asked only within
   * a call of theirs).
   */
  readonly ask: Ask | null;
}

/** Asks a client. Resolves with its answer; an error where it cannot or will not answer. Never rejects. */
export type Ask = (method: string, params: JsonObject, signal: AbortSignal) => Promise<RpcAnswer>;

/** One request of a client on its way to a server. */
export interface Call {
  readonly client: Client;
  readonly method: string;
  /** As the client sent them, less the envelope of its era. A progress token in `_meta` is the client's own. */
  readonly params: JsonObject;
  /** The least severe log messages the client wants; null = none, or (legacy) whatever the server sends. */
  readonly logLevel: string | null;
  /** Aborted when the client gives the call up or is gone. */
  readonly signal: AbortSignal;
  /** It goes to this server. */
  routed(server: string): void;
  /** Tells the client something that belongs to this call: progress, log messages. */
  tell(notification: RpcNotification): void;
  readonly ask: Ask;
}

/** An answer, and the era it is written in. */
export interface Reply {
  readonly era: Era;
  readonly answer: RpcAnswer;
}

/** What a server says of itself: the whole result of `initialize` or `server/discover`, as it came. */
export interface Greeting {
  readonly era: Era;
  readonly greeting: JsonObject;
}

/** Which changes somebody wants to hear of (2026-07-28, subscriptions). */
export interface Interests {
  readonly tools: boolean;
  readonly prompts: boolean;
  readonly resources: boolean;
  /** URIs of single resources. */
  readonly uris: readonly string[];
}

/** What a client listens to. */
export interface Subscription {
  /** Resolves when the server tells what it was asked to tell, or will not. Never rejects. */
  readonly ready: Promise<void>;
  cancel(): void;
}

/** What answers the requests under one URL. No method rejects but `greet`, with a ProblemError. */
export interface Back {
  /** Waits for a server that was never seen before, for as long as a client waits for `initialize`. */
  greet(client: Client, signal: AbortSignal): Promise<Greeting>;
  call(call: Call): Promise<Reply>;
  /** What the arguments of a tool must be like; null where that is not known (yet). */
  inputSchema(tool: unknown): JsonObject | null;
  /**
   * Calls back with `notifications/…/list_changed` and `notifications/resources/updated` as the interests say, and for a
   * client that has a process of its own with all else that one says unasked.
   */
  subscribe(client: Client, interests: Interests, tell: (notification: RpcNotification) => void): Subscription;
  /** A legacy session chose how much it wants to be told. */
  setLogLevel(client: Client, level: string): void;
  /** A notification of the client that concerns the server, such as `notifications/roots/list_changed`. */
  notice(client: Client, notification: RpcNotification): void;
  /** The client is gone: whatever was kept for it may go too. */
  leave(client: Client): void;
}

/** How long a server that was never seen may take to introduce itself: less than the 30 s that clients wait. Milliseconds. */
export const GREETING_MS = 25_000;

/** The capabilities by which a server can tell whether it may ask its client back. */
const ASKING_CAPABILITIES = ['elicitation', 'roots', 'sampling'] as const;

/** Which of them a client declared, as a key: `elicitation+roots`, or the empty text. */
export function askingKey(capabilities: JsonObject): string {
  return ASKING_CAPABILITIES.filter((name) => capabilities[name] !== undefined).join('+');
}

/** The capability that answering `method` takes; null for what every client answers. */
export function capabilityFor(method: string): string | null {
  return CAPABILITY_OF[method] ?? null;
}

const CAPABILITY_OF: Readonly<Record<string, string>> = {
  'elicitation/create': 'elicitation',
  'sampling/createMessage': 'sampling',
  'roots/list': 'roots',
};
