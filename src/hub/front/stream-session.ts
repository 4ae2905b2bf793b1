import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { isJsonObject, isNotification, isRequest, type RpcMessage, type RpcRequest } from '../../protocol/json-rpc.ts';
import { LEGACY_REVISION } from '../../protocol/revisions.ts';
import type { ClientView } from '../../supervisor/api.ts';
import { type Back, type Client, GREETING_MS } from '../call.ts';
import type { ClientBook } from '../clients.ts';
import { rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { Tap } from '../tap/tap.ts';
import { initializeResult } from '../translate.ts';
import { LegacySession } from './legacy-session.ts';

/** The one stream on which everything goes to the client. */
export interface Outlet {
  /** Says it, however far behind the client is. Returns its size in bytes. */
  say(message: RpcMessage): number;
  /** Says it, or drops it where the client is too far behind. */
  tell(message: RpcMessage): void;
}

export interface StreamSessionParts {
  readonly endpoint: string;
  readonly via: ClientView['via'];
  readonly back: Back;
  readonly clients: ClientBook;
  readonly tap: Tap;
  readonly socket: Socket;
  readonly outlet: Outlet;
  /** Whether requests are answered that no `initialize` came before, as those of a client without capabilities. */
  readonly bare: boolean;
}

/** A legacy client whose session is as long as the one stream that carries everything said to it. */
export class StreamSession {
  readonly #parts: StreamSessionParts;
  #session: LegacySession;
  #client: Client | null = null;
  #begun: Promise<void> | null = null;
  #idle: () => void = () => undefined;
  #ended = false;

  constructor(parts: StreamSessionParts) {
    this.#parts = parts;
    this.#session = this.#newSession();
  }

  /** A message of the client. `bytes`: of the frame it came in. Resolves when a request has been answered. */
  async receive(message: RpcMessage, bytes: number): Promise<void> {
    const begins = isRequest(message) && message.method === 'initialize';
    if (begins) this.#begun = this.#begin(message);
    else if (this.#parts.bare) this.#begun ??= this.#begin(null);
    await this.#begun;
    if (!begins && !this.#ended) await this.#session.receive(message, bytes);
  }

  end(): void {
    this.#ended = true;
    this.#letGo();
  }

  /** Another handshake begins anew. */
  async #begin(request: RpcRequest | null): Promise<void> {
    const { back, clients, endpoint, outlet, socket, via } = this.#parts;
    this.#letGo();
    const session = this.#newSession();
    this.#session = session;
    const params = request?.params ?? BARE;
    const revision = typeof params.protocolVersion === 'string' ? params.protocolVersion : '';
    const client = clients.legacy(socket, endpoint, via, {
      id: randomUUID(),
      revision,
      params,
      ask: session.ask(null),
    });
    this.#client = client;
    this.#idle = clients.busy(client);
    try {
      const greeting = await back.greet(client, AbortSignal.timeout(GREETING_MS));
      if (this.#client !== client) return;
      const result = initializeResult(greeting, revision);
      session.begin(client, isJsonObject(result.capabilities) ? result.capabilities : {});
      if (request) outlet.say({ jsonrpc: '2.0', id: request.id, result });
    } catch (error) {
      if (this.#client !== client) return;
      this.#letGo();
      this.#begun = null;
      if (request) outlet.say({ jsonrpc: '2.0', id: request.id, ...rpcError(SERVER_ERROR, sentenceOf(error)) });
    }
  }

  #letGo(): void {
    const client = this.#client;
    if (!client) return;
    this.#client = null;
    this.#idle();
    this.#session.end();
    this.#parts.clients.gone(client);
  }

  #newSession(): LegacySession {
    const { back, clients, outlet, tap } = this.#parts;
    return new LegacySession({
      back,
      tap,
      deliver: (message) => {
        if (!isNotification(message)) return outlet.say(message);
        outlet.tell(message);
        return 0;
      },
      busy: () => (this.#client ? clients.busy(this.#client) : () => undefined),
    });
  }
}

const BARE = { protocolVersion: LEGACY_REVISION, capabilities: {}, clientInfo: { name: 'by hand', version: '' } };
