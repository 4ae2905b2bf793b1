import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Back } from './call.ts';
import type { ClientBook } from './clients.ts';
import { readJson } from './front/http-body.ts';
import { HttpReply } from './front/http-reply.ts';
import { LegacyFront } from './front/legacy-front.ts';
import { ModernFront } from './front/modern-front.ts';
import { eraOf } from './front/modern-request.ts';
import { SseFront } from './front/sse-front.ts';
import type { WsFront } from './front/ws-front.ts';
import { answerError } from './http-answer.ts';
import type { Tap } from './tap/tap.ts';

export interface EndpointParts {
  /** Path by which it is known: `/weather/mcp`. */
  readonly path: string;
  readonly back: Back;
  readonly clients: ClientBook;
  readonly tap: Tap;
  readonly sessionIdleMs: number;
  /** Size limit of one message, in bytes. */
  maxBytes(): number;
}

const METHODS = 'GET, POST, DELETE';

/**
 * One MCP endpoint for clients of both eras: Streamable HTTP of 2025-03-26 to 2026-07-28, HTTP+SSE of 2024-11-05, and
 * WebSocket.
 */
export class Endpoint {
  readonly back: Back;
  readonly #parts: EndpointParts;
  readonly #modern: ModernFront;
  readonly #legacy: LegacyFront;
  readonly #sse: SseFront;
  #ws: WsFront | null = null;
  #closed = false;

  constructor(parts: EndpointParts) {
    const { path: endpoint, back, clients, tap } = parts;
    this.back = back;
    this.#parts = parts;
    this.#modern = new ModernFront({ endpoint, back, clients, tap });
    this.#legacy = new LegacyFront({ endpoint, back, clients, tap, idleMs: parts.sessionIdleMs });
    this.#sse = new SseFront({ endpoint: named(endpoint, 'sse'), back, clients, tap });
  }

  get isBusy(): boolean {
    return this.#modern.isBusy || this.#legacy.isBusy || this.#sse.isBusy || this.#ws?.isBusy === true;
  }

  async serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method } = incoming;
    if (method === 'POST') return await this.#post(incoming, response);
    // The modern era has one method, so whoever uses another must have a session.
    const hasSession = incoming.headers['mcp-session-id'] !== undefined;
    if (method === 'GET' && hasSession) return this.#legacy.get(incoming, response);
    if (method === 'DELETE' && hasSession) return this.#legacy.delete(incoming, response);
    answerError(response, 405, 'Method not allowed here without a session', { allow: METHODS });
  }

  /** `…/sse`: the stream of a client of 2024-11-05. */
  serveSse(incoming: IncomingMessage, response: ServerResponse): void {
    // A client that is newer tries a POST first, and takes this for an answer (2025-03-26, backwards compatibility).
    if (incoming.method === 'GET') this.#sse.get(incoming, response);
    else answerError(response, 405, 'GET opens the stream; its first event says where to POST', { allow: 'GET' });
  }

  /** `…/messages?sessionId=…`: what that client says. */
  async serveMessages(incoming: IncomingMessage, response: ServerResponse, sessionId: string | null): Promise<void> {
    if (incoming.method !== 'POST') return answerError(response, 405, 'POST only', { allow: 'POST' });
    const body = await this.#read(incoming, response);
    if (body) await this.#sse.post(sessionId, body.value, body.bytes, response);
  }

  /** `…/ws`: a connection that wants to be a WebSocket. */
  async upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const ws = this.#ws ?? (await this.#openWs());
    if (this.#closed) socket.destroy();
    else ws.accept(incoming, socket, head);
  }

  close(): void {
    this.#closed = true;
    this.#modern.close();
    this.#legacy.close();
    this.#sse.close();
    this.#ws?.close();
  }

  async #openWs(): Promise<WsFront> {
    const { path, back, clients, tap, maxBytes } = this.#parts;
    // Hardly anybody needs it: loaded when somebody does.
    const { WsFront: Front } = await import('./front/ws-front.ts');
    const endpoint = named(path, 'ws');
    this.#ws ??= new Front({ endpoint, back, clients, tap, maxBytes, modern: this.#modern });
    return this.#ws;
  }

  async #post(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!acceptsBoth(incoming.headers.accept ?? '')) {
      return answerError(response, 406, 'Accept must list application/json and text/event-stream');
    }
    const body = await this.#read(incoming, response);
    if (!body) return;
    if (eraOf(body.value, incoming.headers) === 'legacy') {
      return await this.#legacy.post(body.value, body.bytes, incoming, response);
    }
    const accepted = () => {
      response.writeHead(202).end();
    };
    const { socket, headers } = incoming;
    const sender = { socket, headers, via: 'http' as const };
    await this.#modern.post(body.value, body.bytes, sender, new HttpReply(response), accepted);
  }

  /** The body; null where it was refused. */
  async #read(incoming: IncomingMessage, response: ServerResponse): Promise<{ value: unknown; bytes: number } | null> {
    const type = incoming.headers['content-type'] ?? '';
    if (!/\bapplication\/json\b/i.test(type)) {
      answerError(response, 415, 'the body must be application/json');
      return null;
    }
    const body = await readJson(incoming, this.#parts.maxBytes());
    if (body.ok) return body;
    answerError(response, body.status, body.why, { connection: 'close' });
    return null;
  }
}

function acceptsBoth(accept: string): boolean {
  return accept.includes('*/*') || (/application\/(json|\*)/i.test(accept) && /text\/(event-stream|\*)/i.test(accept));
}

/** `/weather/mcp` under another of its names: `/weather/sse`. */
function named(path: string, kind: string): string {
  return path.replace(/mcp(\?.*)?$/, `${kind}$1`);
}
