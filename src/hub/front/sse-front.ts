import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { messagesIn, type RpcMessage } from '../../protocol/json-rpc.ts';
import type { Back } from '../call.ts';
import type { ClientBook } from '../clients.ts';
import { answerError } from '../http-answer.ts';
import type { Tap } from '../tap/tap.ts';
import { HttpReply } from './http-reply.ts';
import { StreamSession } from './stream-session.ts';

export interface SseParts {
  /** `/weather/sse` */
  readonly endpoint: string;
  readonly back: Back;
  readonly clients: ClientBook;
  readonly tap: Tap;
}

interface Open {
  readonly session: StreamSession;
  readonly stream: HttpReply;
}

/**
 * HTTP+SSE for clients of 2024-11-05: one GET stream carries all that is said to the client; its first event names the URL
 * that the client posts its own messages to. The session ends with the stream.
 */
export class SseFront {
  readonly #parts: SseParts;
  readonly #open = new Map<string, Open>();

  constructor(parts: SseParts) {
    this.#parts = parts;
  }

  get isBusy(): boolean {
    return this.#open.size > 0;
  }

  get(incoming: IncomingMessage, response: ServerResponse): void {
    const id = randomUUID();
    const stream = new HttpReply(response);
    const say = (message: RpcMessage) => stream.event('message', JSON.stringify(message));
    const outlet = { say, tell: (message: RpcMessage) => void stream.tell(message) };
    const { endpoint, back, clients, tap } = this.#parts;
    const { socket } = incoming;
    const session = new StreamSession({ endpoint, back, clients, tap, socket, outlet, via: 'sse', bare: false });
    this.#open.set(id, { session, stream });
    stream.onGone(() => this.#end(id));
    stream.event('endpoint', messagesUrl(incoming.url ?? '', id));
  }

  /** A message of the client whose stream is `id`; it is accepted, and answered on that stream. */
  async post(id: string | null, body: unknown, bytes: number, response: ServerResponse): Promise<void> {
    const open = id === null ? undefined : this.#open.get(id);
    if (!open) return answerError(response, 404, 'no such stream: open one with GET on …/sse first');
    const messages = messagesIn(body);
    if (messages.length === 0) return answerError(response, 400, 'this is no JSON-RPC message');
    response.writeHead(202, { 'content-type': 'text/plain' }).end('Accepted');
    await Promise.all(messages.map((message) => open.session.receive(message, bytes)));
  }

  close(): void {
    for (const [id, { stream }] of [...this.#open]) {
      this.#end(id);
      stream.close();
    }
  }

  #end(id: string): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.session.end();
  }
}

/** Beside the stream, whatever the path leads through; what else the query says holds for both. */
function messagesUrl(streamUrl: string, id: string): string {
  const { pathname, searchParams } = new URL(streamUrl, 'http://localhost');
  searchParams.set('sessionId', id);
  return `${pathname.replace(/sse\/?$/, 'messages')}?${searchParams}`;
}
