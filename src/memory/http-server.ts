import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { checkBearer, checkOrigin, hostRule, type Refusal } from '../hub/access.ts';
import { errnoCode, errnoText } from '../registry/errno.ts';
import { type Problem, ProblemError, problemSentence } from '../registry/problem.ts';
import type { McpEndpoint } from './mcp-endpoint.ts';
import type { SessionLimits } from './sessions.ts';
import type { MemoryStore } from './store.ts';
import type { TokenGuard } from './token-guard.ts';

export interface HttpOptions {
  /** Address to listen on. */
  readonly host: string;
  /** 0 lets the kernel choose. */
  readonly port: number;
  readonly token: TokenGuard;
  readonly sessions?: SessionLimits;
  /** Told what a person should know, one sentence at a time. */
  readonly report: (sentence: string) => void;
}

export interface HttpServer {
  /** The endpoint's address, with the real port. */
  readonly url: string;
  /** Lets requests under way finish, for a few seconds at most, and frees the port. */
  close(): Promise<void>;
}

const SESSION_LIMITS: SessionLimits = { idleMs: 30 * 60_000, max: 500 };

/** How long requests under way may take at the end. Milliseconds. */
const CLOSE_PATIENCE_MS = 5_000;

/**
 * Serves `/mcp` (Streamable HTTP, bearer token) and `/health` (no token, says only that it runs). The port opens at once;
 * the protocol library is loaded meanwhile, and the first requests wait for it.
 *
 * @throws ProblemError when the address cannot be listened on
 */
export async function serveHttp(store: MemoryStore, options: HttpOptions): Promise<HttpServer> {
  const isOurs = hostRule(options.host);
  const report = withoutRepetition(options.report);
  const routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void> | void>> =
    {
      '/health': health,
      '/mcp': async (request, response) => {
        const refusal = checkBearer(request.headers, options.token());
        if (refusal) refuse(response, refusal);
        else await (await endpoint).handle(request, response);
      },
    };
  const server = createServer((request, response) => {
    const serve = async () => {
      const refusal = checkOrigin(request.headers, isOurs);
      if (refusal) return refuse(response, refusal);
      const route = routes[URL.parse(request.url ?? '/', 'http://localhost')?.pathname ?? ''];
      return route ? route(request, response) : answerError(response, 404, 'not found: the endpoint is /mcp');
    };
    serve().catch((error: unknown) => {
      report(error instanceof ProblemError ? problemSentence(error.problem) : `request failed: ${errnoText(error)}`);
      answerError(response, 500, 'the server cannot answer: its log says why');
    });
  });
  const address = await listen(server, options.host, options.port);
  // Such as no descriptor left for another connection: those that are open go on.
  server.on('error', (error) => report(`connection refused: ${errnoText(error)}`));
  const endpoint = loadEndpoint(store, options.sessions ?? SESSION_LIMITS);
  return { url: `http://${address}/mcp`, close: () => close(server, endpoint) };
}

async function loadEndpoint(store: MemoryStore, limits: SessionLimits): Promise<McpEndpoint> {
  const { createMcpEndpoint } = await import('./mcp-endpoint.ts');
  return createMcpEndpoint(store, limits);
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new ProblemError(listenProblem(host, port, error));
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP listener');
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

function listenProblem(host: string, port: number, error: unknown): Problem {
  if (errnoCode(error) === 'EADDRINUSE') {
    return {
      what: `Port ${port} on ${host} is already in use`,
      next: 'end the program that listens there, or give another one with --port',
    };
  }
  if (errnoCode(error) === 'EACCES') {
    return { what: `Port ${port} is not allowed to this user`, next: 'give one above 1023 with --port' };
  }
  return {
    what: `Cannot listen on ${host}, port ${port}`,
    why: errnoText(error),
    next: 'set HOST to an address of this machine',
  };
}

async function close(server: Server, endpoint: Promise<McpEndpoint>): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  const force = setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE_MS);
  const tidy = setInterval(() => server.closeIdleConnections(), 20);
  await Promise.race([endpoint.then((loaded) => loaded.close()), closed]);
  await closed;
  clearTimeout(force);
  clearInterval(tidy);
}

/** A client that tries again and again fills no log. */
function withoutRepetition(report: (sentence: string) => void): (sentence: string) => void {
  let last = '';
  return (sentence) => {
    if (sentence !== last) report(sentence);
    last = sentence;
  };
}

function health(request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'GET' || request.method === 'HEAD') answer(response, 200, { ok: true });
  else answerError(response, 405, 'only GET', { allow: 'GET, HEAD' });
}

function refuse(response: ServerResponse, { status, reason, headers }: Refusal): void {
  answerError(response, status, reason, headers);
}

/** Errors are JSON-RPC errors too, for clients that look into the body. */
function answerError(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Refusal['headers'] = {},
): void {
  answer(response, status, { jsonrpc: '2.0', error: { code: -32_000, message }, id: null }, headers);
}

function answer(response: ServerResponse, status: number, body: object, headers: Refusal['headers'] = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
