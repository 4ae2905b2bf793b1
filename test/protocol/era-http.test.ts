import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { connectPeer } from '../../src/protocol/peer.ts';
import { answerLegacy, rawHttp, rpcError, rpcResult, type Seen } from '../fixtures/raw-http.ts';
import { failureOf } from './failure-of.ts';

type Probe = (response: ServerResponse, seen: Seen) => void;

function sse(response: ServerResponse, ...messages: readonly string[]): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(messages.map((message) => `event: message\ndata: ${message}\n\n`).join(''));
}

function json(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
}

/** A server that answers `server/discover` in its own way and everything else as a legacy one. */
function withProbe(probe: Probe) {
  return rawHttp((seen, response) => {
    if (seen.rpc === 'server/discover') probe(response, seen);
    else answerLegacy(seen, response);
  });
}

const discovery = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
  ttlMs: 0,
  cacheScope: 'public',
  _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'new', version: '2' } },
};

const toLegacy: readonly (readonly [string, Probe])[] = [
  ['400 with -32000', (response) => json(response, 400, rpcError(-32000, 'Bad Request: no session'))],
  ['an empty 400', (response) => response.writeHead(400).end()],
  [
    'a 404 web page',
    (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not found</html>'),
  ],
  ['a 404 with -32601', (response, { id }) => json(response, 404, rpcError(-32601, 'Method not found', id))],
  ['405', (response) => response.writeHead(405).end()],
  ['200 with -32601', (response, { id }) => json(response, 200, rpcError(-32601, 'Method not found', id))],
  ['200 with -32602', (response, { id }) => json(response, 200, rpcError(-32602, 'Invalid params', id))],
  ['-32601 as an event', (response, { id }) => sse(response, rpcError(-32601, 'Method not found', id))],
  ['200 with another result', (response, { id }) => json(response, 200, rpcResult(id, { ok: true }))],
  ['200 with a web page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')],
  ['202 and nothing', (response) => response.writeHead(202).end()],
  ['302', (response) => response.writeHead(302, { location: '/login' }).end()],
  [
    '-32022 with legacy revisions only',
    (response, { id }) =>
      json(response, 400, rpcError(-32022, 'Unsupported', id, { supported: ['2025-11-25'], requested: '2026-07-28' })),
  ],
  ['-32022 without a list', (response, { id }) => json(response, 400, rpcError(-32022, 'Unsupported', id))],
  [
    'a discovery of legacy revisions',
    (response, { id }) => json(response, 200, rpcResult(id, { ...discovery, supportedVersions: ['2025-06-18'] })),
  ],
];

test.each(toLegacy)('%s means an older server: initialize follows', async (_, probe) => {
  await using server = await withProbe(probe);
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(peer).toMatchObject({ era: 'legacy', revision: '2025-06-18', serverInfo: { name: 'raw' } });
  await peer.ping(5000);
  expect(server.rpcs()).toEqual(['server/discover', 'initialize', 'notifications/initialized', 'ping']);
  await peer.close();
});

const toModern: readonly (readonly [string, Probe])[] = [
  ['JSON', (response, { id }) => json(response, 200, rpcResult(id, discovery))],
  ['an event', (response, { id }) => sse(response, rpcResult(id, discovery))],
  [
    'an event after others',
    (response, { id }) =>
      sse(response, JSON.stringify({ jsonrpc: '2.0', method: 'notifications/x' }), 'junk', rpcResult(id, discovery)),
  ],
];

test.each(toModern)('a discovery as %s means a modern server, without initialize', async (_, probe) => {
  await using server = await withProbe(probe);
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(peer).toMatchObject({ era: 'modern', revision: '2026-07-28', serverInfo: { name: 'new', version: '2' } });
  await peer.ping(5000);
  expect(server.rpcs()).toEqual(['server/discover', 'server/discover']);
  await peer.close();
});

const toFailure: readonly (readonly [string, Probe, object])[] = [
  ['401', (response) => response.writeHead(401).end('no token'), { kind: 'auth', status: 401 }],
  ['403', (response) => response.writeHead(403).end(), { kind: 'auth', status: 403 }],
  [
    '401 with a JSON-RPC body',
    (response) => json(response, 401, rpcError(-32601, 'no')),
    { kind: 'auth', status: 401 },
  ],
  ['500', (response) => response.writeHead(500).end('oops'), { kind: 'http', status: 500 }],
  [
    '503 with a JSON-RPC body',
    (response) => json(response, 503, rpcError(-32601, 'no')),
    { kind: 'http', status: 503 },
  ],
  [
    '-32020',
    (response, { id }) => json(response, 400, rpcError(-32020, 'Header mismatch', id)),
    { kind: 'protocol', rpc: { code: -32020 } },
  ],
  [
    '-32022 with other modern revisions',
    (response, { id }) => json(response, 400, rpcError(-32022, 'Unsupported', id, { supported: ['2027-01-01'] })),
    { kind: 'protocol', problem: { what: 'the server speaks MCP 2027-01-01 only' } },
  ],
  ['a connection cut', (response) => response.destroy(), { kind: 'closed' }],
];

test.each(toFailure)(
  '%s says nothing about the era: the connect fails, without initialize',
  async (_, probe, expected) => {
    await using server = await withProbe(probe);
    expect(await failureOf(connectPeer({ kind: 'http', url: server.url }))).toMatchObject(expected);
    expect(server.rpcs()).not.toContain('initialize');
  },
);

test('silence fails in time', async () => {
  await using server = await withProbe(() => undefined);
  expect(await failureOf(connectPeer({ kind: 'http', url: server.url }, { timeoutMs: 100 }))).toMatchObject({
    kind: 'timeout',
    problem: { what: 'the server did not answer server/discover within 0.1 s' },
  });
});

test('a remembered era goes straight to the point', async () => {
  await using server = await withProbe((response, { id }) => json(response, 200, rpcResult(id, discovery)));
  const legacy = await connectPeer({ kind: 'http', url: server.url }, { era: 'legacy' });
  expect(legacy.era).toBe('legacy');
  expect(server.rpcs()).toEqual(['initialize', 'notifications/initialized']);
  await legacy.close();
});

test('a remembered era that the server has left behind is given up', async () => {
  await using modernNow = await rawHttp(({ rpc, id }, response) => {
    if (rpc === 'server/discover') json(response, 200, rpcResult(id, discovery));
    else json(response, 404, rpcError(-32601, 'Method not found', id));
  });
  const upgraded = await connectPeer({ kind: 'http', url: modernNow.url }, { era: 'legacy' });
  expect(upgraded.era).toBe('modern');
  await upgraded.close();

  await using legacyNow = await rawHttp((seen, response) => answerLegacy(seen, response));
  const downgraded = await connectPeer({ kind: 'http', url: legacyNow.url }, { era: 'modern' });
  expect(downgraded.era).toBe('legacy');
  await downgraded.close();
});

test.each(['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'])(
  'accepts a server that answers with %s',
  async (revision) => {
    await using server = await rawHttp((seen, response) => answerLegacy(seen, response, revision));
    const peer = await connectPeer({ kind: 'http', url: server.url });
    expect(peer.revision).toBe(revision);
    await peer.ping(5000);
    expect(server.seen.at(-1)?.headers['mcp-protocol-version']).toBe(revision);
    await peer.close();
  },
);

test('refuses a revision nobody knows, and says which', async () => {
  await using server = await rawHttp((seen, response) => answerLegacy(seen, response, '1999-01-01'));
  expect(await failureOf(connectPeer({ kind: 'http', url: server.url }))).toMatchObject({
    kind: 'protocol',
    problem: { why: expect.stringContaining('"1999-01-01"') },
  });
});

test('a server that refuses a revision and names it as one it speaks is asked once more', async () => {
  let refusals = 1;
  await using server = await withProbe((response, { id }) => {
    refusals -= 1;
    const data = { supported: ['2026-07-28'], requested: '2026-07-28' };
    if (refusals >= 0) json(response, 400, rpcError(-32022, 'Unsupported', id, data));
    else json(response, 200, rpcResult(id, discovery));
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(peer.era).toBe('modern');
  await peer.close();
  refusals = Number.POSITIVE_INFINITY;
  expect(await failureOf(connectPeer({ kind: 'http', url: server.url }))).toMatchObject({ rpc: { code: -32022 } });
  expect(server.seen).toHaveLength(4);
});
