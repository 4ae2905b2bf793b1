import { createServer } from 'node:net';

/** Below the range from which the kernel serves outgoing connections, which take a port away at any moment. */
const [LOWEST, HIGHEST] = [20_000, 32_000] as const;

/** Every process begins elsewhere, so that two of them do not ask for the same port at the same time. */
let next = LOWEST + ((process.pid * 131) % (HIGHEST - LOWEST));

/** A port that nobody listens on and that stays free until a server of ours takes it. */
export async function quietPort(): Promise<number> {
  for (;;) {
    next = next + 1 < HIGHEST ? next + 1 : LOWEST;
    const port = next;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
