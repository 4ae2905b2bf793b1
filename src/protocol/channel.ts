import type { RequestId, RpcMessage } from './json-rpc.ts';
import type { PeerError } from './peer-error.ts';

/**
 * A two-way stream of JSON-RPC messages to one server, whatever carries it. Raw: nothing is added, dropped or
 * renamed on the way.
 *
 * Each `on…` keeps one listener; a later call replaces the earlier. Nothing is read before the first `onMessage`,
 * so no message is lost between making a channel and listening to it.
 */
export interface Channel {
  readonly transport: 'stdio' | 'http' | 'sse';
  /**
   * Resolves when the message is handed over: written to the pipe, or (HTTP) when the whole exchange is done.
   * Rejects with a {@link PeerError}. `signal` ends an HTTP exchange early; a pipe cannot take a message back.
   */
  send(message: RpcMessage, options?: { readonly signal?: AbortSignal }): Promise<void>;
  onMessage(listener: MessageListener): void;
  /** Called once, with the reason; also when the channel was closed before the listener came. */
  onClose(listener: (reason: PeerError) => void): void;
  /** A message larger than `limit` bytes came and is skipped; the channel goes on. */
  onOversized(listener: OversizedListener): void;
  /** Lets go of the server. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * `bytes`: the size of the frame the message came in. `related`: the request on whose own answer stream it came, so that
 * it belongs to that one; null where one stream carries everything.
 */
export type MessageListener = (message: RpcMessage, bytes: number, related: RequestId | null) => void;

/**
 * `edges`: how the message begins and, in a second call when it was read to its end, how it ends; null where that is not
 * known.
 */
export type OversizedListener = (limit: number, edges: Edges | null) => void;

export interface Edges {
  readonly start: string;
  readonly end: string | null;
}

/** Default size limit of one message, and of a whole JSON response body: 16 MiB. */
export const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
