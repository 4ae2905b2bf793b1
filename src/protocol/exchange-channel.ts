import type { MessageListener, OversizedListener } from './channel.ts';
import type { Exchange } from './http-exchange.ts';
import { messagesIn, type RequestId, type RpcMessage } from './json-rpc.ts';
import type { PeerError } from './peer-error.ts';

/** What channels over HTTP have in common: who listens, which exchanges are under way, and that they end once. */
export abstract class ExchangeChannel {
  readonly #running = new Set<Exchange>();
  #message: MessageListener | null = null;
  #close: ((reason: PeerError) => void) | null = null;
  #oversized: OversizedListener | null = null;
  #closed: PeerError | null = null;

  onMessage(listener: MessageListener): void {
    this.#message = listener;
  }

  onClose(listener: (reason: PeerError) => void): void {
    this.#close = listener;
    const reason = this.#closed;
    if (reason) queueMicrotask(() => listener(reason));
  }

  onOversized(listener: OversizedListener): void {
    this.#oversized = listener;
  }

  /** Why it ended; null while it has not. */
  protected get closed(): PeerError | null {
    return this.#closed;
  }

  /** Hands out messages that came in one frame of `bytes`. */
  protected tell(messages: readonly RpcMessage[], bytes: number, related: RequestId | null): void {
    for (const message of messages) this.#message?.(message, bytes, related);
  }

  protected tellOversized(limit: number): void {
    this.#oversized?.(limit, null);
  }

  /** Runs one exchange to its end; the signal and the end of the channel cancel it. */
  protected async during<T>(exchange: Exchange, signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const cancel = () => exchange.cancel(null);
    if (signal?.aborted) cancel();
    signal?.addEventListener('abort', cancel);
    this.#running.add(exchange);
    try {
      return await run();
    } finally {
      exchange.end();
      this.#running.delete(exchange);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Cancels what is under way and says why; false when it had ended before. */
  protected end(reason: PeerError): boolean {
    if (this.#closed) return false;
    this.#closed = reason;
    for (const exchange of this.#running) exchange.cancel(reason);
    this.#close?.(reason);
    return true;
  }
}

/** The messages in the text of a frame; none where it is no JSON-RPC. */
export function messagesOf(text: string): readonly RpcMessage[] {
  try {
    return messagesIn(JSON.parse(text));
  } catch {
    return [];
  }
}
