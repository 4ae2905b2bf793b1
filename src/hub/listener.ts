import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { errnoCode, errnoText } from '../registry/errno.ts';
import { maskInline } from '../registry/mask.ts';
import type { Problem, Result } from '../registry/problem.ts';
import { portHolder } from '../supervisor/process/ports.ts';

export interface Handlers {
  request(incoming: IncomingMessage, response: ServerResponse): void;
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** An open port of the hub. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** The hub serves this machine only. */
export const HUB_ADDRESS = '127.0.0.1';

/** How long requests under way may take at the end. Milliseconds. */
const CLOSE_PATIENCE_MS = 1_000;

/** Opens a port on the loopback address; a problem says who has it. */
export async function listenOn(port: number, what: string, handlers: Handlers): Promise<Result<Listener>> {
  // Not imported: the import of node:http touches each of its exports, one of which loads all of undici (14 MB).
  const { createServer } = process.getBuiltinModule('node:http');
  // Clients of Java offer HTTP/2 by an upgrade with each request: that is no reason to stop talking HTTP/1 with them.
  const shouldUpgradeCallback = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === 'websocket';
  const server = createServer({ shouldUpgradeCallback }, (incoming, response) => handlers.request(incoming, response));
  server.on('upgrade', (incoming, socket, head) => handlers.upgrade(incoming, socket, head));
  // A stream may be silent for as long as it likes; its client sends its headers at once.
  server.requestTimeout = 0;
  server.headersTimeout = 20_000;
  server.keepAliveTimeout = 65_000;
  return await new Promise((resolve) => {
    server.once('error', (error) => resolve({ ok: false, problem: listenProblem(port, what, error) }));
    server.listen({ host: HUB_ADDRESS, port, exclusive: true }, () => {
      server.removeAllListeners('error');
      // Such as no descriptor left for another connection: those that are open go on.
      server.on('error', () => undefined);
      resolve({ ok: true, value: { port, close: () => close(server) } });
    });
  });
}

function listenProblem(port: number, what: string, error: unknown): Problem {
  if (errnoCode(error) !== 'EADDRINUSE') {
    return { what: `${what} cannot listen on port ${port}`, why: errnoText(error), next: 'choose another port' };
  }
  const holder = portHolder(port);
  const who = holder?.pid
    ? `pid ${holder.pid}${holder.command ? `: ${maskInline(holder.command)}` : ''}, user ${holder.user}`
    : `a process of ${holder?.user ?? 'somebody'}`;
  return {
    what: `${what} cannot listen on port ${port}: it is in use`,
    holder: `held by ${who}`,
    next: 'end that process, or choose another port; it is tried again by itself',
  };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), CLOSE_PATIENCE_MS);
  await closed;
  clearTimeout(force);
}
