import type { RpcMessage } from '../../protocol/json-rpc.ts';

/** Where the answer to one request of a modern client goes, and what it is told before, whatever carries both. */
export interface AnswerStream {
  /** Called when the client has let go before the end. */
  onGone(listener: () => void): void;
  /** Something before the answer. Returns false where the client is gone or too far behind. */
  tell(message: RpcMessage): boolean;
  /** The answer itself. `status`: its HTTP status, where there is such a thing. Returns its size in bytes. */
  end(message: RpcMessage, status?: number): number;
  /** Opens the stream now, before there is anything to say. */
  stream(): void;
  /** Ends a stream that needs no answer. */
  close(): void;
}
