import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { connectPeer } from '../../src/protocol/peer.ts';
import { asPeerError } from '../../src/protocol/peer-error.ts';
import { hostile, startStdio } from '../fixtures/stdio-child.ts';
import { failureOf } from './failure-of.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** Bytes of buffers that something still holds. */
function heldBytes(): number {
  if (typeof collectGarbage !== 'function') throw new Error('no gc');
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

function kindOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'answered',
    (error: unknown) => asPeerError(error).kind,
  );
}

test('reads answers that come byte by byte, and ignores line endings of other systems', async () => {
  await using child = hostile('byte-by-byte');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel }, { probeSilenceMs: 20_000 });
  expect(peer.serverInfo.version).toBe('näive ✓');
  expect((await peer.listTools()).items).toMatchObject([{ description: 'Größe 你好' }]);
});

test('reports noise on stdout and goes on', async () => {
  await using child = hostile('noisy');
  const noise: string[] = [];
  child.channel.onNoise((lines) => noise.push(...lines));
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  await peer.ping(5000);
  expect(noise).toContain('Welcome to the noisy server');
  expect(noise).toContain('{"level":"info","msg":"hi"}');
  expect(noise).toContain('{"jsonrpc": "2.0", oops');
  expect(noise).toContain('\ufffd\ufffd\ufffd');
  expect(noise).not.toContain('');
});

test('holds a flood of noise back in the pipe, and loses none of it nor what follows', async () => {
  const lines = 50_000;
  const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result: {} });
  const program = `process.stdout.write('hello\\n'.repeat(${lines}) + '${answer}\\n'); setInterval(() => {}, 1e9)`;
  await using child = startStdio(['-e', program]);
  let noise = 0;
  let rests = 0;
  child.channel.onNoise((some) => {
    noise += some.length;
  });
  child.process.stdout.on('pause', () => {
    rests += 1;
  });
  const message = await new Promise((resolve) => child.channel.onMessage(resolve));
  expect(message).toMatchObject({ id: 1 });
  expect(noise).toBe(lines);
  expect(rests).toBeGreaterThan(0);
});

test('skips a line of 100 MB without keeping it, and goes on', async () => {
  await using child = hostile('huge-line');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const before = heldBytes();
  let chunks = 0;
  let most = 0;
  child.process.stdout.on('data', () => {
    chunks += 1;
    if (chunks % 100 === 0) most = Math.max(most, heldBytes());
  });
  // Nothing else is under way, so the skipped line can only be the answer.
  expect(await failureOf(peer.listTools())).toMatchObject({
    kind: 'protocol',
    problem: { what: 'the server answered tools/list with more than 16777216 bytes' },
  });
  await peer.ping(30_000);
  expect(chunks).toBeGreaterThan(1000);
  expect(most - before).toBeLessThan(40 * 1024 * 1024);
});

test('an answer over the limit fails its request instead of letting it time out', async () => {
  await using child = hostile('huge-answer', { maxMessageBytes: 1024 * 1024 });
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  expect(await failureOf(peer.listTools())).toMatchObject({ kind: 'protocol' });
  await peer.ping(5000);
});

test('messages for a server that stopped reading are refused before they fill the memory', async () => {
  await using child = hostile('stops-reading', { maxQueuedBytes: 1024 * 1024 });
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const text = 'x'.repeat(300_000);
  const calls = Array.from({ length: 10 }, () => failureOf(peer.request('tools/call', { text }, { timeoutMs: 2000 })));
  const failures = await Promise.all(calls);
  expect(failures.map(({ kind }) => kind)).toEqual(failures.map(() => 'timeout'));
  expect(failures.some(({ problem }) => problem.what === 'the server does not read what it is sent')).toBe(true);
  expect(child.process.stdin.writableLength).toBeLessThanOrEqual(1024 * 1024);
});

test('a server that closed its stdin is closed, without an unhandled EPIPE', async () => {
  await using child = hostile('closes-stdin');
  const peer = await connectPeer({ kind: 'stdio', channel: child.channel });
  const closed = new Promise((resolve) => peer.onClosed(resolve));
  // A ping that was on its way when it closed can only time out; the next write finds nobody.
  while ((await kindOf(peer.ping(100))) !== 'closed');
  expect(await closed).toMatchObject({ kind: 'closed', problem: { why: 'it closed its stdin' } });
});

test('sending to a server that is gone rejects, without an unhandled EPIPE', async () => {
  await using child = startStdio(['-e', '']);
  child.channel.onMessage(() => undefined);
  await child.exited;
  const message = { jsonrpc: '2.0', id: 1, method: 'ping' } as const;
  for (let round = 0; round < 3; round += 1) {
    expect(await failureOf(child.channel.send(message))).toMatchObject({ kind: 'closed' });
  }
});

test('tells a late listener why it closed', async () => {
  await using child = startStdio(['-e', '']);
  child.channel.onMessage(() => undefined);
  await Promise.all([child.exited, once(child.process.stdout, 'close')]);
  const reason = await new Promise((resolve) => child.channel.onClose(resolve));
  expect(reason).toMatchObject({ kind: 'closed' });
});

test('closing asks the server to end by closing its stdin, and reads on so that it can', async () => {
  const chatty = 'process.stdin.on("end", () => process.stdout.write("x".repeat(1e6), () => process.exit(0))).resume()';
  await using child = startStdio(['-e', chatty]);
  child.channel.onMessage(() => undefined);
  await child.channel.close();
  await child.channel.close();
  expect(await child.exited).toBe(0);
});
