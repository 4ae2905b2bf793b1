import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { connectFailure } from './http-failure.ts';
import { PeerError } from './peer-error.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** May be sent twice when a kept-alive connection turns out to be dead: it changes nothing on the server. */
  readonly repeatable: boolean;
}

const MAX_REDIRECTS = 3;
const MAX_LEFT_BYTES = 64 * 1024;

/**
 * `node:http` or `node:https` with kept-alive connections of its own. Follows redirects within the same origin only
 * (headers hold credentials) and never turns a POST into a GET. Rejects with a {@link PeerError}; an HTTP status is
 * no failure here.
 */
export class HttpClient {
  #agent: Agent | null = null;

  /** Resolves with the final answer once its headers are there; its body is the caller's to read. */
  async open(request: HttpRequest): Promise<IncomingMessage> {
    let current = request;
    for (let hops = 0; ; hops += 1) {
      const response = await this.#openOrRepeat(current);
      const target = redirectTarget(response, current);
      if (target === null || hops === MAX_REDIRECTS) return response;
      leaveBody(response);
      current = { ...current, url: target };
    }
  }

  /** Ends every connection, also those in use. */
  destroy(): void {
    this.#agent?.destroy();
    this.#agent = null;
  }

  async #openOrRepeat(request: HttpRequest): Promise<IncomingMessage> {
    const first = await this.#attempt(request);
    if (first.ok) return first.response;
    if (!first.deadConnection || !request.repeatable) throw first.error;
    const second = await this.#attempt(request);
    if (second.ok) return second.response;
    throw second.error;
  }

  async #attempt(request: HttpRequest): Promise<Attempt> {
    // TLS is loaded only where an entry needs it: most servers are on loopback. And neither is imported: the import of
    // node:http touches each of its exports, one of which loads all of undici, 14 MB (measured on Node 24).
    const secure = request.url.protocol === 'https:';
    const { request: start, Agent: AgentOf } = process.getBuiltinModule(secure ? 'node:https' : 'node:http');
    this.#agent ??= new AgentOf({ keepAlive: true });
    const agent = this.#agent;
    return await new Promise<Attempt>((resolve) => {
      const where = describeUrl(request.url);
      const fail = (error: unknown, deadConnection: boolean) =>
        resolve({ ok: false, error: failureOf(error, request.signal, where), deadConnection });
      let outgoing: ClientRequest;
      try {
        outgoing = start(request.url, { method: request.method, headers: request.headers, agent });
      } catch (error) {
        fail(error, false);
        return;
      }
      outgoing.on('response', (response) => resolve({ ok: true, response }));
      outgoing.on('error', (error) => fail(error, outgoing.reusedSocket && !request.signal.aborted));
      // Not through the `signal` option: it destroys with an error, which nobody hears on a socket that goes back to
      // the agent at that moment, and an error nobody hears ends the process.
      const abort = () => outgoing.destroy();
      request.signal.addEventListener('abort', abort);
      outgoing.on('close', () => request.signal.removeEventListener('abort', abort));
      outgoing.end(request.body);
      if (request.signal.aborted) abort();
    });
  }
}

type Attempt =
  | { readonly ok: true; readonly response: IncomingMessage }
  | { readonly ok: false; readonly error: PeerError; readonly deadConnection: boolean };

function failureOf(error: unknown, signal: AbortSignal, where: string): PeerError {
  return signal.aborted ? abortReason(signal) : connectFailure(error, where);
}

/** Why a request was given up: the failure its signal carries, or that the caller wanted it so. */
export function abortReason(signal: AbortSignal): PeerError {
  const reason: unknown = signal.reason;
  return reason instanceof PeerError ? reason : new PeerError('aborted', { what: 'the request was given up' });
}

/** Drains a small body, so that its connection can be used again; a large or endless one ends the connection. */
function leaveBody(response: IncomingMessage): void {
  const length = Number(response.headers['content-length'] ?? Number.NaN);
  if (length <= MAX_LEFT_BYTES) response.resume();
  else response.destroy();
}

/** Where a redirect leads, if it may be followed: same origin, and the method stays what it is. */
function redirectTarget(response: IncomingMessage, { url, method }: HttpRequest): URL | null {
  const status = response.statusCode ?? 0;
  const keepsMethod = status === 307 || status === 308;
  if (!keepsMethod && !(method === 'GET' && [301, 302, 303].includes(status))) return null;
  const target = URL.parse(response.headers.location ?? '', url.href);
  return target?.origin === url.origin ? target : null;
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * A URL as it may stand in a message: query and user never, the path only on this machine (hosted servers put
 * tokens into paths).
 */
export function describeUrl(url: URL): string {
  return LOOPBACK.test(url.hostname) ? `${url.origin}${url.pathname}` : url.origin;
}
