import { createRequire } from 'node:module';
import { expect, test } from 'vitest';
import { connectPeer } from '../../src/protocol/peer.ts';
import { fixture, hostile, startStdio } from '../fixtures/stdio-child.ts';
import { failureOf } from './failure-of.ts';

const filesystemServer = createRequire(import.meta.url).resolve(
  '@modelcontextprotocol/server-filesystem/dist/index.js',
);

test('speaks with the reference filesystem server (SDK v1, legacy)', async () => {
  await using child = startStdio([filesystemServer, import.meta.dirname]);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(peer).toMatchObject({ era: 'legacy', revision: '2025-11-25', transport: 'stdio' });
  expect(peer.serverInfo.name).toBe('secure-filesystem-server');
  await peer.ping(5000);
  const { items } = await peer.listTools();
  expect(items.map(({ name }) => name)).toContain('read_text_file');
  expect(await peer.listPrompts()).toEqual({ items: [], complete: true });
  const path = `${import.meta.dirname}/peer-stdio.test.ts`;
  const answer = await peer.request('tools/call', { name: 'read_text_file', arguments: { path, head: 1 } });
  expect(JSON.stringify(answer)).toContain('createRequire');
  await peer.close();
  expect(await child.exited).toBe(0);
});

test('speaks the modern era with a dual-era server (SDK v2)', async () => {
  await using child = startStdio([fixture('stdio-server.ts')]);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(peer).toMatchObject({ era: 'modern', revision: '2026-07-28', serverInfo: { name: 'fixture' } });
  await peer.ping(5000);
  expect((await peer.listTools()).items.map(({ name }) => name)).toEqual(['greet', 'wave']);
  await peer.close();
  await child.exited;
});

test('speaks the legacy era with the same server when told so', async () => {
  await using child = startStdio([fixture('stdio-server.ts')]);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, { era: 'legacy' });
  expect(peer).toMatchObject({ era: 'legacy', revision: '2025-11-25', serverInfo: { name: 'fixture' } });
  await peer.ping(5000);
  await peer.close();
});

test.each([null, 'modern', 'legacy'] as const)('finds a modern-only server with era %s remembered', async (era) => {
  await using child = startStdio([fixture('stdio-server.ts'), 'reject']);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, { era });
  expect(peer.era).toBe('modern');
  await peer.ping(5000);
});

test('a slow server of both eras that gets both handshakes works, and its newer era is remembered', async () => {
  await using child = startStdio([fixture('stdio-server.ts')]);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, { probeSilenceMs: 0 });
  await peer.ping(5000);
  expect((await peer.listTools()).items).toHaveLength(2);
  expect(peer.eraToRemember).toBe('modern');
});

test('a slow modern-only server that gets both handshakes is modern', async () => {
  await using child = startStdio([fixture('stdio-server.ts'), 'reject']);
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, { probeSilenceMs: 0 });
  expect(peer).toMatchObject({ era: 'modern', eraToRemember: 'modern' });
  await peer.ping(5000);
});

test('a server that ignores server/discover is greeted with initialize after the silence', async () => {
  await using child = hostile('ignores-discover');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, { probeSilenceMs: 50 });
  expect(peer).toMatchObject({ era: 'legacy', eraToRemember: 'legacy' });
  await peer.ping(5000);
});

test.each(['exits-on-discover', 'answers-discover-and-exits'])(
  '%s is an outcome of its own, and legacy works',
  async (mode) => {
    {
      await using child = hostile(mode);
      expect(await failureOf(connectPeer({ kind: 'stdio', channel: child.channel }))).toMatchObject({
        kind: 'exited-on-discover',
      });
      expect(await child.exited).toBe(1);
    }
    await using again = hostile(mode);
    const peer = await connectPeer({ kind: 'stdio', channel: again.channel }, { era: 'legacy' });
    expect(peer.era).toBe('legacy');
    await peer.ping(5000);
  },
);

test('a server that takes no more after server/discover counts as one that exited, before its end is seen', async () => {
  await using child = hostile('refuses-discover-and-closes');
  expect(await failureOf(connectPeer({ kind: 'stdio', channel: child.channel }))).toMatchObject({
    kind: 'exited-on-discover',
  });
  expect(child.process.exitCode).toBeNull();
});

test('a slow starter that exits on server/discover is still told apart after initialize went out', async () => {
  await using child = hostile('exits-on-discover');
  const connect = connectPeer({ kind: 'stdio', channel: child.channel }, { probeSilenceMs: 0 });
  expect(await failureOf(connect)).toMatchObject({ kind: 'exited-on-discover' });
});

test('a server that ends at once is closed when its era is known', async () => {
  await using child = startStdio(['-e', 'process.exit(2)']);
  expect(await failureOf(connectPeer({ kind: 'stdio', channel: child.channel }, { era: 'legacy' }))).toMatchObject({
    kind: 'closed',
  });
});

test('a silent server times out, and a second try over the same pipes is possible', async () => {
  await using child = hostile('silent');
  for (const era of [null, 'legacy', 'modern'] as const) {
    const options = { era, timeoutMs: 150, probeSilenceMs: 50 };
    expect(await failureOf(connectPeer({ kind: 'stdio', channel: child.channel }, options))).toMatchObject({
      kind: 'timeout',
    });
  }
});

test('connecting can be given up', async () => {
  await using child = hostile('silent');
  const giveUp = new AbortController();
  const failure = failureOf(connectPeer({ kind: 'stdio', channel: child.channel }, { signal: giveUp.signal }));
  giveUp.abort();
  expect(await failure).toMatchObject({ kind: 'aborted' });
  const late = connectPeer({ kind: 'stdio', channel: child.channel }, { signal: giveUp.signal });
  expect(await failureOf(late)).toMatchObject({ kind: 'aborted' });
});

test('a server that hangs later fails the request in time and is told so', async () => {
  await using child = hostile('hangs-later');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await failureOf(peer.ping(100))).toMatchObject({ kind: 'timeout' });
});

test('a server that dies later fails the request at once, and the peer says so', async () => {
  await using child = hostile('dies-later');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const closed = new Promise((resolve) => peer.onClosed(resolve));
  expect(await failureOf(peer.ping(30_000))).toMatchObject({ kind: 'closed' });
  expect(await closed).toMatchObject({ kind: 'closed' });
  expect(await failureOf(peer.ping(30_000))).toMatchObject({ kind: 'closed' });
});

test('half an answer before the end is no answer', async () => {
  await using child = hostile('half-line');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await failureOf(peer.ping(30_000))).toMatchObject({ kind: 'closed' });
});

test('answers ping and refuses everything else a server asks for', async () => {
  await using child = hostile('curious');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const { items } = await peer.listTools();
  expect(Object.fromEntries(items.map(({ name, description }) => [name, description]))).toEqual({
    ping: 'result',
    'roots/list': 'error -32601',
    'sampling/createMessage': 'error -32601',
    'elicitation/create': 'error -32601',
  });
});

test('answers to questions nobody asked are ignored, also in batches', async () => {
  await using child = hostile('wrong-ids');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  await peer.ping(5000);
  expect((await peer.listTools()).items).toHaveLength(1);
});

test('each caller gets the answer to its own question, in whatever order answers come', async () => {
  await using child = hostile('reversed');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const asked = Array.from({ length: 50 }, (_, index) => ({ index }));
  const answers = await Promise.all(asked.map((params) => peer.request('tools/call', params)));
  expect(answers).toEqual(asked.map((params) => ({ asked: params })));
});

test('a time limit longer than any timer is a long one, not a short one', async () => {
  await using child = hostile('ignores-discover');
  const options = { timeoutMs: Number.POSITIVE_INFINITY, probeSilenceMs: 50 };
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, options);
  await peer.ping(Number.POSITIVE_INFINITY);
});

test('passes notifications on, until nobody wants them', async () => {
  await using child = hostile('notifies');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const heard: string[] = [];
  const stop = peer.onNotification((method) => heard.push(method));
  await peer.listTools();
  stop();
  await peer.listTools();
  expect(heard).toEqual(['notifications/tools/list_changed']);
});

test('an unknown revision is refused', async () => {
  await using child = hostile('odd-revision');
  expect(await failureOf(connectPeer({ kind: 'stdio', channel: child.channel }))).toMatchObject({
    kind: 'protocol',
    problem: { why: expect.stringContaining('1999-01-01') },
  });
});
