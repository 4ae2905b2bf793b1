import type { RpcMessage } from '../../protocol/json-rpc.ts';

const MAX_MESSAGES = 200;
/** Of all together, as JSON. Characters. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** Messages for a client that has no stream open to take them. With too many or too large ones the oldest are dropped. */
export class Waiting {
  readonly #kept: { readonly message: RpcMessage; readonly length: number }[] = [];
  #length = 0;

  add(message: RpcMessage): void {
    const { length } = JSON.stringify(message);
    this.#kept.push({ message, length });
    this.#length += length;
    while (this.#kept.length > MAX_MESSAGES || this.#length > MAX_LENGTH) {
      this.#length -= this.#kept.shift()?.length ?? this.#length;
    }
  }

  /** Empties it. */
  take(): readonly RpcMessage[] {
    this.#length = 0;
    return this.#kept.splice(0).map(({ message }) => message);
  }
}
