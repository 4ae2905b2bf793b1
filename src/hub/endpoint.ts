import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Back } from './call.ts';
import type { ClientBook } from './clients.ts';
import { readJson } from './front/http-body.ts';
import { HttpReply } from './front/http-reply.ts';
import { LegacyFront } from './front/legacy-front.ts';
import { ModernFront } from './front/modern-front.ts';
import { eraOf } from './front/modern-request.ts';
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

/** One MCP endpoint for clients of both eras: Streamable HTTP of 2025-03-26 to 2026-07-28. */
export class Endpoint {
  readonly back: Back;
  readonly #parts: EndpointParts;
  readonly #modern: ModernFront;
  readonly #legacy: LegacyFront;

  constructor(parts: EndpointParts) {
    const { path: endpoint, back, clients, tap } = parts;
    this.back = back;
    this.#parts = parts;
    this.#modern = new ModernFront({ endpoint, back, clients, tap });
    this.#legacy = new LegacyFront({ endpoint, back, clients, tap, idleMs: parts.sessionIdleMs });
  }

  get isBusy(): boolean {
    return this.#modern.isBusy || this.#legacy.isBusy;
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

  close(): void {
    this.#modern.close();
    this.#legacy.close();
  }

  async #post(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { accept = '', 'content-type': type = '' } = incoming.headers;
    if (!/\bapplication\/json\b/i.test(type)) return answerError(response, 415, 'the body must be application/json');
    if (!acceptsBoth(accept)) {
      return answerError(response, 406, 'Accept must list application/json and text/event-stream');
    }
    const body = await readJson(incoming, this.#parts.maxBytes());
    if (!body.ok) return answerError(response, body.status, body.why, { connection: 'close' });
    if (eraOf(body.value, incoming.headers) === 'legacy') {
      return await this.#legacy.post(body.value, body.bytes, incoming, response);
    }
    const accepted = () => {
      response.writeHead(202).end();
    };
    await this.#modern.post(body.value, body.bytes, incoming, new HttpReply(response), accepted);
  }
}

function acceptsBoth(accept: string): boolean {
  return accept.includes('*/*') || (/application\/(json|\*)/i.test(accept) && /text\/(event-stream|\*)/i.test(accept));
}
