import { expect, test } from 'vitest';
import { connectPeer } from '../../src/protocol/peer.ts';
import { probePeer } from '../../src/protocol/probe.ts';
import { answerLegacy, rawHttp } from '../fixtures/raw-http.ts';
import { dualEraHttp } from '../fixtures/sdk-http.ts';
import { hostile } from '../fixtures/stdio-child.ts';

test.each(['no-ping', 'sick-ping', 'curious'])('a server that is %s but lists its tools is well', async (mode) => {
  await using child = hostile(mode);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const result = await probePeer(peer, { timeoutMs: 10_000 });
  expect(result).toMatchObject({ ok: true });
  expect(result.ok && result.latencyMs).toBeGreaterThan(0);
});

test('a server that knows neither ping nor tools is well: it answers', async () => {
  await using child = hostile('knows-nothing');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({ ok: true });
});

test('asks a modern server the one question it must know', async () => {
  await using server = await dualEraHttp();
  const peer = await connectPeer({ kind: 'http', url: server.url });
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({ ok: true });
  expect(server.rpcs()).toEqual(['server/discover', 'server/discover']);
  await peer.close();
});

test('a server that answers both with errors is not well', async () => {
  await using child = hostile('sick');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({
    ok: false,
    kind: 'protocol',
    problem: { what: 'the server answered tools/list with an error', why: 'no -32603 (code -32603)' },
  });
});

test('a server that hangs is not well, and the probe ends', async () => {
  await using child = hostile('hangs-later');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await probePeer(peer, { timeoutMs: 100 })).toMatchObject({ ok: false, kind: 'timeout' });
});

test('a server that died is not well', async () => {
  await using child = hostile('dies-later');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({ ok: false, kind: 'closed' });
});

test('an HTTP server that went away is not well, and well again when it is back', async () => {
  let status = 200;
  await using server = await rawHttp((seen, response) => {
    if (status === 200) answerLegacy(seen, response);
    else response.writeHead(status).end();
  });
  const peer = await connectPeer({ kind: 'http', url: server.url });
  status = 503;
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({ ok: false, kind: 'http' });
  status = 401;
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({ ok: false, kind: 'auth' });
  status = 200;
  expect(await probePeer(peer, { timeoutMs: 10_000 })).toMatchObject({ ok: true });
  await peer.close();
});
