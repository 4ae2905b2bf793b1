import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** A proxy that knows the token its client cannot send. */
export interface Forwarder extends AsyncDisposable {
  /** `http://127.0.0.1:…`, without a path. */
  readonly origin: string;
}

/**
 * Listens on loopback and hands every request on to `target` (an origin) with `Authorization: Bearer` added. Everything
 * else stays as it is, Host and Origin above all, so that what the server behind decides by them is what is measured.
 * Bodies are streamed both ways, and where one side goes away the other is told.
 */
export async function forwarder(target: string, token: string): Promise<Forwarder> {
  const server = createServer((incoming, answer) => forward(target, token, incoming, answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not a TCP listener');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function forward(target: string, token: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method, url = '/', rawHeaders } = incoming;
  const headers = [...without(rawHeaders, 'authorization'), 'Authorization', `Bearer ${token}`];
  const outgoing = request(target + url, { method, headers, setHost: false, agent: false });
  outgoing.on('response', (response) => {
    answer.writeHead(response.statusCode ?? 502, response.statusMessage, response.rawHeaders);
    answer.flushHeaders();
    response.on('error', () => answer.destroy());
    response.pipe(answer);
  });
  outgoing.on('error', () => answer.destroy());
  answer.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}

/** Headers as they came over the wire, name and value in turn, without one of them. */
function without(headers: readonly string[], name: string): readonly string[] {
  return headers.filter((_, index) => headers[index - (index % 2)]?.toLowerCase() !== name);
}
