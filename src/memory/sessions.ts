import { randomUUID } from 'node:crypto';
import { type McpServer, WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/server';

export interface SessionLimits {
  /** A session without a request or an open stream for this long is ended. Milliseconds. */
  readonly idleMs: number;
  /** With more sessions than this, those idle longest are ended first. */
  readonly max: number;
}

interface Session {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Requests and streams under way: such a session is not idle. */
  busy: number;
  lastUsed: number;
}

/**
 * The sessions of clients that speak a revision up to 2025-11-25: begun by `initialize`, named by the `Mcp-Session-Id`
 * header, ended by DELETE, by idleness or by {@link close}. A client that names an unknown one gets 404 and begins anew.
 */
export class LegacySessions {
  readonly #create: () => McpServer;
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();
  readonly #reaper: NodeJS.Timeout;

  constructor(create: () => McpServer, limits: SessionLimits) {
    this.#create = create;
    this.#limits = limits;
    this.#reaper = setInterval(() => this.#reap(), Math.max(limits.idleMs / 4, 10)).unref();
  }

  async fetch(request: Request): Promise<Response> {
    const id = request.headers.get('mcp-session-id');
    const session = id === null ? null : this.#sessions.get(id);
    if (session === undefined) return notFound();
    return this.#serve(session ?? (await this.#begin()), request);
  }

  async close(): Promise<void> {
    clearInterval(this.#reaper);
    await Promise.all([...this.#sessions.values()].map(({ transport }) => transport.close()));
  }

  /** Without a session id only `initialize` is served; the transport answers everything else with 400. */
  async #begin(): Promise<Session> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: true,
      onsessioninitialized: (id) => {
        this.#sessions.set(id, session);
        this.#makeRoom();
      },
    });
    const session: Session = { transport, busy: 0, lastUsed: performance.now() };
    transport.onclose = () => {
      if (transport.sessionId !== undefined) this.#sessions.delete(transport.sessionId);
    };
    await this.#create().connect(transport);
    return session;
  }

  async #serve(session: Session, request: Request): Promise<Response> {
    session.busy += 1;
    const done = () => {
      session.busy -= 1;
      session.lastUsed = performance.now();
    };
    try {
      const response = await session.transport.handleRequest(request);
      if (request.method !== 'GET' || response.body === null) {
        done();
        return response;
      }
      return new Response(untilAborted(response.body, request.signal, done), response);
    } catch (error) {
      done();
      throw error;
    }
  }

  #reap(): void {
    const oldest = performance.now() - this.#limits.idleMs;
    for (const { transport, busy, lastUsed } of this.#sessions.values()) {
      if (busy === 0 && lastUsed < oldest) void transport.close();
    }
  }

  #makeRoom(): void {
    const surplus = this.#sessions.size - this.#limits.max;
    if (surplus <= 0) return;
    const idle = [...this.#sessions.values()].filter(({ busy }) => busy === 0);
    idle.sort((a, b) => a.lastUsed - b.lastUsed);
    for (const { transport } of idle.slice(0, surplus)) void transport.close();
  }
}

/**
 * The same stream, with two differences. It begins with a comment, so that the client gets the headers at once instead
 * of with the first message. And it is cancelled as soon as the client is gone: otherwise that is noticed only at the
 * next write, and a client that comes back meanwhile is refused, for a session has one stream at most.
 */
function untilAborted(body: ReadableStream<Uint8Array>, signal: AbortSignal, done: () => void) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(': open\n\n')),
  });
  body.pipeTo(writable, { signal }).then(done, done);
  return readable;
}

function notFound(): Response {
  const error = { code: -32_001, message: 'Session not found: begin a new one with initialize' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 404 });
}
