import type { IncomingMessage, ServerResponse } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { LegacySessions, type SessionLimits } from './sessions.ts';
import type { MemoryStore } from './store.ts';
import { createMemoryMcpServer } from './tools.ts';

/** A memory of 64 kB takes at most six times as much in escaped JSON. Bytes. */
const MAX_BODY_BYTES = 1_048_576;

export interface McpEndpoint {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Lets the calls under way finish, then ends all sessions and streams. */
  close(): Promise<void>;
}

/** Streamable HTTP for clients of every era: stateless since 2026-07-28, with sessions up to 2025-11-25. */
export function createMcpEndpoint(store: MemoryStore, limits: SessionLimits): McpEndpoint {
  const create = () => createMemoryMcpServer(store);
  const modern = createMcpHandler(create, { legacy: 'reject', maxRequestBodySize: MAX_BODY_BYTES });
  const legacy = new LegacySessions(create, limits);
  const calls = new Set<Promise<Response>>();
  let isClosing = false;

  const serve = async (request: Request) => {
    const isLegacy = await isLegacyRequest(request, undefined, { maxRequestBodySize: MAX_BODY_BYTES });
    return isLegacy ? legacy.fetch(request) : modern.fetch(request);
  };
  const fetch = (request: Request) => {
    if (isClosing) return Promise.resolve(closing());
    const call = serve(request).finally(() => calls.delete(call));
    calls.add(call);
    return call;
  };
  const handle = toNodeHandler({ fetch }, { maxRequestBodySize: MAX_BODY_BYTES });
  return {
    handle: (request, response) =>
      handle(Object.assign(request, { method: request.method ?? 'GET', url: '/mcp' }), response),
    close: async () => {
      isClosing = true;
      await Promise.allSettled(calls);
      await Promise.all([legacy.close(), modern.close()]);
    },
  };
}

function closing(): Response {
  const error = { code: -32_000, message: 'The server is stopping: try again when it is back' };
  return Response.json({ jsonrpc: '2.0', error, id: null }, { status: 503, headers: { 'retry-after': '1' } });
}
