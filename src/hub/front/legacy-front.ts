import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRequest, type JsonObject, messagesIn, type RequestId, type RpcMessage } from '../../protocol/json-rpc.ts';
import { type Back, GREETING_MS } from '../call.ts';
import type { ClientBook } from '../clients.ts';
import { INVALID_REQUEST, rpcError, SERVER_ERROR } from '../rpc-codes.ts';
import { sentenceOf } from '../sentence-of.ts';
import type { Tap } from '../tap/tap.ts';
import { initializeResult, isKnownLegacy } from '../translate.ts';
import { HttpReply } from './http-reply.ts';
import { LegacySession } from './legacy-session.ts';
import { Waiting } from './waiting.ts';

interface LegacyParts {
  readonly endpoint: string;
  readonly back: Back;
  readonly clients: ClientBook;
  readonly tap: Tap;
  /** A session without a request or an open stream is ended after this. Milliseconds. */
  readonly idleMs: number;
}

/** One client's session over Streamable HTTP. */
interface HttpSession {
  readonly id: string;
  readonly session: LegacySession;
  readonly revision: string;
  /** Answer streams by the request they answer. */
  readonly posts: Map<RequestId, Post>;
  /** GET streams, the oldest first. */
  readonly streams: Set<HttpReply>;
  /** What came while no stream was open. */
  readonly waiting: Waiting;
  busy: number;
  lastUsed: number;
}

/** One POST: a message, or a batch (2025-03-26) whose answers go out together. */
interface Post {
  readonly reply: HttpReply;
  readonly open: Set<RequestId>;
  readonly answers: RpcMessage[];
  readonly batch: boolean;
}

const MAX_SESSIONS = 1000;

/** Streamable HTTP for clients of 2025-03-26 to 2025-11-25: sessions, begun by `initialize`, ended by DELETE or idleness. */
export class LegacyFront {
  readonly #parts: LegacyParts;
  readonly #sessions = new Map<string, HttpSession>();
  readonly #reaper: NodeJS.Timeout;

  constructor(parts: LegacyParts) {
    this.#parts = parts;
    this.#reaper = setInterval(() => this.#reap(), Math.max(50, parts.idleMs / 4)).unref();
  }

  get isBusy(): boolean {
    return [...this.#sessions.values()].some(({ busy, streams }) => busy > 0 || streams.size > 0);
  }

  async post(body: unknown, bytes: number, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const messages = messagesIn(body);
    if (messages.length === 0) return refuse(response, 400, INVALID_REQUEST, 'this is no JSON-RPC message');
    const [first] = messages;
    if (first && isRequest(first) && first.method === 'initialize') return await this.#begin(first, incoming, response);
    const session = this.#sessionOf(incoming, response);
    if (!session) return;
    session.lastUsed = performance.now();
    const requests = messages.filter(isRequest);
    if (requests.length === 0) {
      response.writeHead(202).end();
      await Promise.all(messages.map((message) => session.session.receive(message, bytes)));
      return;
    }
    const reply = new HttpReply(response, { 'mcp-session-id': session.id });
    const open = new Set(requests.map(({ id }) => id));
    const post: Post = { reply, open, answers: [], batch: Array.isArray(body) };
    for (const { id } of requests) session.posts.set(id, post);
    reply.onGone(() => {
      // To go is not to cancel (2025-11-25): what is said then goes to whatever stream the client opens next.
      for (const id of open) session.posts.delete(id);
    });
    await Promise.all(messages.map((message) => session.session.receive(message, bytes)));
  }

  /** The stream on which servers speak unasked. */
  get(incoming: IncomingMessage, response: ServerResponse): void {
    const session = this.#sessionOf(incoming, response);
    if (!session) return;
    const reply = new HttpReply(response, { 'mcp-session-id': session.id });
    reply.stream();
    session.streams.add(reply);
    const idle = this.#busy(session);
    reply.onGone(() => {
      session.streams.delete(reply);
      idle();
    });
    for (const message of session.waiting.take()) reply.tell(message);
  }

  delete(incoming: IncomingMessage, response: ServerResponse): void {
    const session = this.#sessionOf(incoming, response);
    if (!session) return;
    this.#end(session);
    response.writeHead(200).end();
  }

  close(): void {
    clearInterval(this.#reaper);
    for (const session of [...this.#sessions.values()]) this.#end(session);
  }

  async #begin(
    { id: requestId, params = {} }: { readonly id: RequestId; readonly params?: JsonObject },
    incoming: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { back, clients, endpoint, tap } = this.#parts;
    const id = randomUUID();
    const session = new LegacySession({
      back,
      tap,
      deliver: (message, related) => this.#deliver(kept, message, related),
      busy: () => this.#busy(kept),
    });
    const kept: HttpSession = {
      id,
      session,
      revision: '',
      posts: new Map(),
      streams: new Set(),
      waiting: new Waiting(),
      busy: 0,
      lastUsed: performance.now(),
    };
    const reply = new HttpReply(response, { 'mcp-session-id': id });
    const proposed = typeof params.protocolVersion === 'string' ? params.protocolVersion : '';
    const ask = session.ask(null);
    const client = clients.legacy(incoming.socket, endpoint, 'http', { id, revision: proposed, params, ask });
    try {
      const greeting = await back.greet(client, AbortSignal.timeout(GREETING_MS));
      const result = initializeResult(greeting, proposed);
      this.#sessions.set(id, kept);
      session.begin(client, (result.capabilities ?? {}) as JsonObject);
      this.#makeRoom();
      reply.end({ jsonrpc: '2.0', id: requestId, result });
    } catch (error) {
      clients.gone(client);
      reply.end({ jsonrpc: '2.0', id: requestId, ...rpcError(SERVER_ERROR, sentenceOf(error)) });
    }
  }

  /** The session a request names; refused with what the spec says where there is none. */
  #sessionOf({ headers }: IncomingMessage, response: ServerResponse): HttpSession | null {
    const id = headers['mcp-session-id'];
    if (typeof id !== 'string') {
      refuse(response, 400, SERVER_ERROR, 'the header Mcp-Session-Id is missing: initialize comes first');
      return null;
    }
    const session = this.#sessions.get(id);
    if (!session) {
      refuse(response, 404, -32001, 'Session not found: initialize again');
      return null;
    }
    const revision = headers['mcp-protocol-version'];
    if (typeof revision === 'string' && !isKnownLegacy(revision)) {
      refuse(response, 400, SERVER_ERROR, `Unsupported protocol version: ${revision.slice(0, 40)}`);
      return null;
    }
    return session;
  }

  #deliver(session: HttpSession, message: RpcMessage, related: RequestId | null): number {
    const post = related === null ? undefined : session.posts.get(related);
    const isAnswer = post !== undefined && 'id' in message && !('method' in message) && message.id === related;
    if (isAnswer) return this.#deliverAnswer(session, post, message, related as RequestId);
    if (post?.reply.tell(message)) return 0;
    const [stream] = [...session.streams].filter(({ isOpen }) => isOpen);
    if (stream?.tell(message)) return 0;
    session.waiting.add(message);
    return 0;
  }

  #deliverAnswer(session: HttpSession, post: Post, message: RpcMessage, id: RequestId): number {
    session.posts.delete(id);
    post.open.delete(id);
    post.answers.push(message);
    if (post.open.size > 0) return 0;
    return post.reply.end(post.batch ? post.answers : message);
  }

  #busy(session: HttpSession): () => void {
    session.busy += 1;
    const { client } = session.session;
    const leave = client ? this.#parts.clients.busy(client) : () => undefined;
    return () => {
      session.busy -= 1;
      session.lastUsed = performance.now();
      leave();
    };
  }

  #end(session: HttpSession): void {
    this.#sessions.delete(session.id);
    for (const stream of session.streams) stream.close();
    const { client } = session.session;
    session.session.end();
    if (client) this.#parts.clients.gone(client);
  }

  #reap(): void {
    const oldest = performance.now() - this.#parts.idleMs;
    for (const session of [...this.#sessions.values()]) {
      if (session.busy === 0 && session.lastUsed < oldest) this.#end(session);
    }
  }

  #makeRoom(): void {
    if (this.#sessions.size <= MAX_SESSIONS) return;
    const idle = [...this.#sessions.values()].filter(({ busy }) => busy === 0);
    const [oldest] = idle.sort((a, b) => a.lastUsed - b.lastUsed);
    if (oldest) this.#end(oldest);
  }
}

function refuse(response: ServerResponse, status: number, code: number, message: string): void {
  const body = JSON.stringify({ jsonrpc: '2.0', id: null, ...rpcError(code, message) });
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
