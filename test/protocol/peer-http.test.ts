import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { describeUrl } from '../../src/protocol/http-client.ts';
import { connectPeer } from '../../src/protocol/peer.ts';
import type { PeerError } from '../../src/protocol/peer-error.ts';
import { answerLegacy, rawHttp, rpcError, rpcResult } from '../fixtures/raw-http.ts';
import { dualEraHttp, sessionfulHttp } from '../fixtures/sdk-http.ts';
import { failureOf } from './failure-of.ts';

test('speaks the modern era with a dual-era server of the SDK', async () => {
  await using server = await dualEraHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(peer).toMatchObject({
    era: 'modern',
    revision: '2026-07-28',
    transport: 'http',
    serverInfo: { name: 'fixture', version: '1.2.3' },
    instructions: 'Greet people.',
  });
  await peer.ping(5000);
  const tools = await peer.listTools();
  expect(tools.items.map(({ name }) => name)).toEqual(['greet', 'wave']);
  const greeting = await peer.request('tools/call', { name: 'greet', arguments: { who: 'you' } });
  expect(greeting).toMatchObject({ content: [{ type: 'text', text: 'Hello you' }], resultType: 'complete' });
  await peer.close();
});

test('a name that no header can carry reaches the server all the same', async () => {
  await using server = await dualEraHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  const answer = await peer.request('prompts/get', { name: 'grüß dich' });
  expect(answer).toMatchObject({ messages: [{ content: { text: 'Servus!' } }] });
  expect(server.seen.at(-1)?.headers['mcp-name']).toMatch(/^=\?base64\?/);
  await peer.close();
});

test('speaks the legacy era with the same server when told so', async () => {
  await using server = await dualEraHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url }, { era: 'legacy' });
  expect(peer).toMatchObject({ era: 'legacy', revision: '2025-11-25', serverInfo: { name: 'fixture' } });
  await peer.ping(5000);
  expect((await peer.listPrompts()).items.map(({ name }) => name)).toEqual(['grüß dich']);
  expect((await peer.listResources()).items.map(({ name }) => name)).toEqual(['readme']);
  await peer.close();
});

test('a modern-only server is found out, whatever was remembered', async () => {
  await using server = await dualEraHttp('reject');
  for (const era of [null, 'modern', 'legacy'] as const) {
    const peer = await connectPeer({ kind: 'http', url: server.url }, { era });
    expect(peer.era).toBe('modern');
    await peer.close();
  }
});

test('keeps the session of a legacy server, and ends it when closed', async () => {
  await using server = await sessionfulHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(peer.era).toBe('legacy');
  expect(server.sessions()).toHaveLength(1);
  await peer.ping(5000);
  expect(server.seen.at(-1)?.headers['mcp-session-id']).toBe(server.sessions()[0]);
  await peer.close();
  expect(server.seen.at(-1)?.method).toBe('DELETE');
  expect(server.sessions()).toEqual([]);
});

test('begins another session when the server forgot the first, once for all requests under way', async () => {
  await using server = await sessionfulHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  server.forget();
  const [tools] = await Promise.all([peer.listTools(), peer.ping(5000), peer.ping(5000)]);
  expect(tools.items).toHaveLength(2);
  expect(server.sessions()).toHaveLength(1);
  await peer.close();
});

test('survives connections that the server dropped between two questions', async () => {
  await using server = await dualEraHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  for (let round = 0; round < 5; round += 1) {
    server.dropConnections();
    await peer.ping(5000);
  }
  await peer.close();
});

test('a call is not repeated over a dropped connection: it may have happened', async () => {
  let calls = 0;
  await using server = await rawHttp((seen, response, request) => {
    if (seen.rpc !== 'tools/call') return answerLegacy(seen, response);
    calls += 1;
    request.socket.destroy();
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(await failureOf(peer.request('tools/call', { name: 'pay' }))).toMatchObject({ kind: 'closed' });
  expect(calls).toBe(1);
  await peer.close();
});

test('follows a redirect within the origin and keeps the method and body', async () => {
  await using server = await rawHttp((seen, response) => {
    if (seen.path === '/mcp') response.writeHead(307, { location: '/mcp/' }).end();
    else answerLegacy(seen, response);
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  await peer.ping(5000);
  expect(server.seen.at(-1)).toMatchObject({ method: 'POST', path: '/mcp/', rpc: 'ping' });
  await peer.close();
});

test('credentials are never carried to another origin', async () => {
  await using thief = await rawHttp((seen, response) => answerLegacy(seen, response));
  await using server = await rawHttp((_, response) => void response.writeHead(307, { location: thief.url }).end());
  const target = { kind: 'http', url: server.url, headers: { Authorization: 'Bearer s3cret-token' } } as const;
  const failure = await failureOf(connectPeer(target));
  expect(failure).toMatchObject({ kind: 'http', status: 307 });
  expect(failure.problem.what).toContain(`redirects to ${thief.url}`);
  expect(thief.seen).toEqual([]);
});

test('a redirect without end is not followed without end', async () => {
  await using server = await rawHttp((_, response) => void response.writeHead(308, { location: '/mcp' }).end());
  expect(await failureOf(connectPeer({ kind: 'http', url: server.url }))).toMatchObject({ kind: 'http', status: 308 });
  expect(server.seen.length).toBeLessThan(15);
});

test('sends the headers of the entry with every request and repeats none of them in a message', async () => {
  const secret = 'ghp_0123456789abcdef';
  await using server = await rawHttp(({ headers }, response) => {
    response
      .writeHead(401, { 'content-type': 'text/plain' })
      .end(`bad token ${headers.authorization} ${headers['x-key']}`);
  });
  const url = `${server.url}?api_key=query-secret`;
  const headers = { Authorization: `Bearer ${secret}`, 'X-Key': 'key-secret' };
  const failure = await failureOf(connectPeer({ kind: 'http', url, headers }));
  expect(server.seen[0]?.headers).toMatchObject({ authorization: `Bearer ${secret}`, 'x-key': 'key-secret' });
  const told = `${failure.message} ${JSON.stringify(failure.problem)}`;
  for (const hidden of [secret, 'key-secret', 'query-secret']) expect(told).not.toContain(hidden);
  expect(failure.problem.next).toBeDefined();
});

test('masks secrets in JSON-RPC errors too', async () => {
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'ping') return answerLegacy(seen, response);
    response.setHeader('content-type', 'application/json');
    response.end(rpcError(-32603, `token ${seen.headers.authorization} is bad`, seen.id));
  });
  const target = { kind: 'http', url: server.url, headers: { Authorization: 'Bearer s3cret-token' } } as const;
  const peer = await connectPeer(target);
  const failure = await failureOf(peer.ping(5000));
  expect(failure.rpc?.code).toBe(-32603);
  expect(`${failure.message}${failure.rpc?.message}`).not.toContain('s3cret');
  await peer.close();
});

test('says that nobody listens, and where', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  listener.close();
  await once(listener, 'close');
  expect(await failureOf(connectPeer({ kind: 'http', url: `http://127.0.0.1:${port}/mcp` }))).toMatchObject({
    kind: 'refused',
    problem: { what: `nothing listens at http://127.0.0.1:${port}/mcp` },
  });
});

test('a port that does not speak HTTP is named as such', async () => {
  const listener = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end('220 mail.example.org ESMTP\r\n');
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const failure = await failureOf(connectPeer({ kind: 'http', url: `http://127.0.0.1:${port}/mcp` }));
  expect(failure.problem.what).toContain('does not speak HTTP');
  listener.close();
});

test('https to a port that speaks plain HTTP is named as such', async () => {
  await using server = await dualEraHttp();
  const failure = await failureOf(connectPeer({ kind: 'http', url: server.url.replace('http:', 'https:') }));
  expect(failure).toMatchObject({ kind: 'refused', problem: { next: 'use http:// if that is meant' } });
});

test.each([
  ['https://user:pass@mcp.example.org/s/secret-token/mcp?key=secret', 'https://mcp.example.org'],
  ['http://user:pass@127.0.0.1:8050/mcp?key=secret', 'http://127.0.0.1:8050/mcp'],
  ['http://[::1]:8050/mcp', 'http://[::1]:8050/mcp'],
])('%s shows up in messages without what may be secret', (url, shown) => {
  expect(describeUrl(new URL(url))).toBe(shown);
});

test.each([
  ['no URL', { kind: 'http', url: 'not a url' }],
  ['another scheme', { kind: 'http', url: 'ftp://127.0.0.1/mcp' }],
  ['a header value HTTP cannot send', { kind: 'http', url: 'http://127.0.0.1:9/mcp', headers: { 'X-A': 'a\nb' } }],
  ['a header name HTTP cannot send', { kind: 'http', url: 'http://127.0.0.1:9/mcp', headers: { 'X A': 'b' } }],
] as const)('%s is refused before anything is sent', async (_, target) => {
  expect(await failureOf(connectPeer(target))).toMatchObject({ kind: 'refused' });
});

test('an answer that breaks off is a closed connection, not a hang', async () => {
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/list') return answerLegacy(seen, response);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write('{"jsonrpc":"2.0",', () => response.destroy());
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(await failureOf(peer.listTools())).toMatchObject({ kind: 'closed' });
  await peer.ping(5000);
  await peer.close();
});

test('an event stream that ends before the answer is a closed connection, not a hang', async () => {
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/list') return answerLegacy(seen, response);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(': nothing\n\n');
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(await failureOf(peer.listTools())).toMatchObject({ kind: 'closed' });
  await peer.close();
});

test('a stream that floods and never answers ends with the time limit, and the server notices', async () => {
  let ended: Promise<unknown> = Promise.resolve();
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/list') return answerLegacy(seen, response);
    ended = once(response, 'close');
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const pour = () => {
      while (!response.destroyed && response.write(`data: ${'x'.repeat(1000)}\n\n`));
    };
    response.on('drain', pour);
    pour();
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(await failureOf(peer.listTools({ timeoutMs: 300 }))).toMatchObject({ kind: 'timeout' });
  await ended;
  await peer.close();
});

test.each(['application/json', 'text/event-stream'])('an answer over the size limit as %s is refused', async (type) => {
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/list') return answerLegacy(seen, response);
    const body = rpcResult(seen.id, { tools: [{ name: 'x', description: 'y'.repeat(200_000) }] });
    response.writeHead(200, { 'content-type': type });
    response.end(type === 'application/json' ? body : `data: ${body}\n\n`);
  });
  const peer = await connectPeer({ kind: 'http', url: server.url }, { maxMessageBytes: 100_000 });
  const failure = await failureOf(peer.listTools());
  expect(failure.kind).toBe('protocol');
  expect(failure.problem.what).toContain('more than');
  await peer.ping(5000);
  await peer.close();
});

test('a stream left open after the answer does not keep the caller waiting', async () => {
  let closed: Promise<unknown> = Promise.resolve();
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'ping') return answerLegacy(seen, response);
    closed = once(response, 'close');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${rpcResult(seen.id, {})}\n\n`);
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  await peer.ping(5000);
  await closed;
  await peer.close();
});

test('answers what a legacy server asks while it works', async () => {
  const heard: string[] = [];
  let finish: () => void = () => undefined;
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc === null && seen.method === 'POST') {
      heard.push(seen.body);
      response.writeHead(202).end();
      if (heard.length === 2) finish();
    } else if (seen.rpc === 'tools/call') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 'q1', method: 'ping' })}\n\n`);
      response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', id: 'q2', method: 'roots/list' })}\n\n`);
      finish = () => void response.end(`data: ${rpcResult(seen.id, { done: true })}\n\n`);
    } else answerLegacy(seen, response);
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(await peer.request('tools/call', { name: 'x' })).toEqual({ done: true });
  expect(heard.map((body) => JSON.parse(body))).toEqual(
    expect.arrayContaining([
      { jsonrpc: '2.0', id: 'q1', result: {} },
      { jsonrpc: '2.0', id: 'q2', error: expect.objectContaining({ code: -32601 }) },
    ]),
  );
  await peer.close();
});

test('a caller who gives up ends the request: the server sees it and the peer lives on', async () => {
  let ended: Promise<unknown> = Promise.resolve();
  const giveUp = new AbortController();
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/call') return answerLegacy(seen, response);
    ended = once(response, 'close');
    giveUp.abort();
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  const failure = await failureOf(peer.request('tools/call', { name: 'x' }, { signal: giveUp.signal }));
  expect(failure).toMatchObject({ kind: 'aborted' });
  await ended;
  await peer.ping(5000);
  expect(server.rpcs()).toContain('notifications/cancelled');
  await peer.close();
});

test('closing fails what is under way, at once', async () => {
  await using server = await rawHttp((seen, response) => {
    if (seen.rpc !== 'tools/call') answerLegacy(seen, response);
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  const reasons: PeerError[] = [];
  peer.onClosed((reason) => reasons.push(reason));
  const call = failureOf(peer.request('tools/call', { name: 'x' }));
  await peer.close();
  expect(await call).toMatchObject({ kind: 'closed' });
  expect(await failureOf(peer.ping(5000))).toMatchObject({ kind: 'closed' });
  expect(reasons).toHaveLength(1);
});

test('a server that does not answer DELETE does not hold up closing', async () => {
  await using server = await rawHttp((seen, response) => {
    if (seen.method === 'DELETE') return;
    if (seen.rpc === 'initialize') response.setHeader('mcp-session-id', 'abc');
    answerLegacy(seen, response);
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  await peer.close();
  expect(server.seen.at(-1)?.method).toBe('DELETE');
});
