import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { connectPeer } from '../../src/protocol/peer.ts';
import { type HttpFixture, rawHttp, rpcResult } from '../fixtures/raw-http.ts';
import { failureOf } from './failure-of.ts';

interface SseFixture extends HttpFixture {
  /** Ends every open stream. */
  hangUp(): void;
}

/** A server of revision 2024-11-05: a stream by GET, messages by POST to the endpoint it names. */
async function sseServer(endpoint = '/messages?session=1'): Promise<SseFixture> {
  const streams = new Set<ServerResponse>();
  const results: Readonly<Record<string, unknown>> = {
    initialize: { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 'old', version: '0.1' } },
    ping: {},
    'tools/list': { tools: [{ name: 'ancient' }] },
  };
  const fixture = await rawHttp(
    ({ method, path, rpc, id }, response) => {
      if (method === 'GET' && path === '/sse') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`event: endpoint\ndata: ${endpoint}\n\n`);
        streams.add(response);
      } else if (method === 'POST' && path === '/messages?session=1') {
        response.writeHead(202).end('Accepted');
        if (id === undefined) return;
        for (const stream of streams)
          stream.write(`event: message\ndata: ${rpcResult(id, results[rpc ?? ''] ?? {})}\n\n`);
      } else {
        response.writeHead(404).end();
      }
    },
    { path: '/sse' },
  );
  return { ...fixture, hangUp: () => streams.forEach((stream) => void stream.end()) };
}

test('speaks HTTP+SSE with a server of 2024-11-05', async () => {
  await using server = await sseServer();
  const peer = await connectPeer({ kind: 'sse', url: server.url, headers: { Authorization: 'Bearer abcd' } });
  expect(peer).toMatchObject({ era: 'legacy', revision: '2024-11-05', transport: 'sse', serverInfo: { name: 'old' } });
  await peer.ping(5000);
  expect((await peer.listTools()).items).toEqual([{ name: 'ancient' }]);
  expect(server.seen.map(({ headers }) => headers.authorization)).toEqual(server.seen.map(() => 'Bearer abcd'));
  await peer.close();
});

test('an http target that only knows the old transport is reached over it', async () => {
  await using server = await sseServer();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(peer).toMatchObject({ transport: 'sse', revision: '2024-11-05' });
  await peer.close();
});

test('tells when the stream ends, and fails what is under way', async () => {
  await using server = await sseServer();
  const peer = await connectPeer({ kind: 'sse', url: server.url });
  const closed = new Promise((resolve) => peer.onClosed(resolve));
  server.hangUp();
  expect(await closed).toMatchObject({ kind: 'closed' });
  expect(await failureOf(peer.ping(5000))).toMatchObject({ kind: 'closed' });
});

test('an endpoint on another origin is not posted to', async () => {
  await using thief = await rawHttp((_, response) => void response.end());
  await using server = await sseServer(`${thief.origin}/messages`);
  const failure = await failureOf(connectPeer({ kind: 'sse', url: server.url }));
  expect(failure).toMatchObject({ kind: 'protocol' });
  expect(failure.problem.what).toContain('another origin');
  expect(thief.seen).toEqual([]);
});

test('a server that never names its endpoint fails in time', async () => {
  await using server = await rawHttp((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
  });
  expect(await failureOf(connectPeer({ kind: 'sse', url: server.url }, { timeoutMs: 200 }))).toMatchObject({
    kind: 'timeout',
  });
});

test.each([
  [401, { kind: 'auth', status: 401 }],
  [404, { kind: 'http', status: 404 }],
  [500, { kind: 'http', status: 500 }],
])('a GET answered with %i fails with it', async (status, expected) => {
  await using server = await rawHttp((_, response) => void response.writeHead(status).end());
  expect(await failureOf(connectPeer({ kind: 'sse', url: server.url }))).toMatchObject(expected);
});

test('a wrong path is reported as what it is, not as a missing stream', async () => {
  await using server = await rawHttp(
    (_, response) => void response.writeHead(404, { 'content-type': 'text/html' }).end('<html>'),
  );
  const failure = await failureOf(connectPeer({ kind: 'http', url: server.url }));
  expect(failure).toMatchObject({
    kind: 'http',
    status: 404,
    problem: { what: `there is no MCP endpoint at ${server.url} (HTTP 404)`, why: 'it answered with a web page' },
  });
});
