import { once } from 'node:events';
import { serveHttp } from './http-server.ts';
import type { MemoryStore } from './store.ts';
import { tokenGuard } from './token-guard.ts';

type Report = (sentence: string) => void;

/**
 * Serves HTTP until SIGTERM, SIGINT or SIGHUP; requests under way are finished first. A second signal ends at once.
 *
 * @throws ProblemError when the port or the access token cannot be used
 */
export async function serveOverHttp(
  store: MemoryStore,
  options: { readonly host: string; readonly port: number; readonly tokenFile: string },
  report: Report,
): Promise<void> {
  const ended = signalled();
  const { host, port, tokenFile } = options;
  const server = await serveHttp(store, { host, port, token: tokenGuard(tokenFile), report });
  report(`listening on ${server.url} (pid ${process.pid}, memories in ${store.file})`);
  const reason = await ended;
  await server.close();
  report(`stopped (${reason})`);
}

/** Serves standard input and output until the client closes them, or until a signal as above. No token: the client is the parent. */
export async function serveOverStdio(store: MemoryStore, report: Report): Promise<void> {
  const ended = Promise.race([signalled(), inputClosed()]);
  const [{ serveStdio }, { createMemoryMcpServer }] = await Promise.all([
    import('@modelcontextprotocol/server/stdio'),
    import('./tools.ts'),
  ]);
  const connection = serveStdio(() => createMemoryMcpServer(store));
  report(`serving standard input and output (pid ${process.pid}, memories in ${store.file})`);
  const reason = await ended;
  await connection.close();
  process.stdin.destroy();
  report(`stopped (${reason})`);
}

async function signalled(): Promise<string> {
  return Promise.race(
    (['SIGTERM', 'SIGINT', 'SIGHUP'] as const).map(async (signal) => {
      await once(process, signal);
      return signal;
    }),
  );
}

async function inputClosed(): Promise<string> {
  await once(process.stdin, 'close');
  return 'the client closed the input';
}
