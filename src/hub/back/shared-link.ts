import type { Link } from '../../protocol/peer.ts';
import { ProblemError } from '../../registry/problem.ts';
import type { ServerAccess } from '../../supervisor/server-access.ts';
import { CONNECT_MS } from './upstream.ts';

/**
 * The connection that all clients of a server share: the supervisor's own to a stdio server, one of the hub's to any other.
 * When the server was restarted it is another one, opened by the next who needs it.
 */
export class SharedLink<T extends { readonly link: Link }> {
  readonly #name: string;
  readonly #access: ServerAccess;
  readonly #wrap: (link: Link) => T;
  #current: T | null = null;
  #opening: Promise<T> | null = null;

  constructor(name: string, access: ServerAccess, wrap: (link: Link) => T) {
    this.#name = name;
    this.#access = access;
    this.#wrap = wrap;
  }

  /** What is open now. */
  get open(): T | null {
    const own = this.#access.sharedLink(this.#name);
    if (own && this.#current?.link !== own) this.#current = this.#wrap(own);
    return this.#current;
  }

  /** @throws ProblemError where the server is not there to be connected to */
  async get(): Promise<T> {
    const { open } = this;
    if (open) return open;
    if (this.#access.spec(this.#name)?.transport === 'stdio') {
      throw new ProblemError({ what: `${this.#name} is not connected`, next: `mcp ${this.#name} status` });
    }
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = null;
    });
    return await this.#opening;
  }

  reset(): void {
    const link = this.#current?.link;
    this.#current = null;
    if (link && link !== this.#access.sharedLink(this.#name)) void link.close().catch(() => undefined);
  }

  async #connect(): Promise<T> {
    const link = await this.#access.connect(this.#name, { timeoutMs: CONNECT_MS });
    link.listen();
    const wrapped = this.#wrap(link);
    this.#current = wrapped;
    link.onClosed(() => {
      if (this.#current === wrapped) this.#current = null;
    });
    return wrapped;
  }
}
