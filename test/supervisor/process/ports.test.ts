import { once } from 'node:events';
import { connect, createServer, type ListenOptions, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseLsof } from '../../../src/supervisor/process/listeners.ts';
import { isListenedOn, ownsPort, portHolder, probePort, readListeners } from '../../../src/supervisor/process/ports.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { treeOf } from '../../../src/supervisor/process/tree.ts';
import { freePort } from '../../helpers/free-port.ts';
import { needs } from '../../helpers/require.ts';
import { startProgram } from '../../helpers/running.ts';
import { type Arena, openArena, type Started, until } from './arena.ts';
import { missingProgram } from './shells.ts';

const ASK = { signal: 'SIGTERM', graceMs: 20_000 } as const;
const missing = needs('linux');
const python = missingProgram('python3');

async function listen(options: ListenOptions) {
  const server: Server = createServer((socket) => socket.end()).listen({ port: 0, ...options });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Starts a Node server on \`host\`:\`port\` below a shell, and waits until it listens. */
async function serve(arena: Arena, host: string, port: number): Promise<Started> {
  const code = `require("node:net").createServer().listen({ host: "${host}", port: ${port}, ipv6Only: true })`;
  const run = await arena.start(`sh -c '${process.execPath} -e "${code.replaceAll('"', '\\"')}"; true'`);
  await until('it listens', () => ownsPort(port, pidsOf(run)) === 'own');
  return run;
}

/** A listener that is suspended, with its queue full. */
async function crowded() {
  const code =
    'const s = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => { console.log(s.address().port); process.kill(process.pid, "SIGSTOP"); })';
  const holder = startProgram(process.execPath, ['-e', code]);
  await holder.printed(/\d+\n/);
  const port = Number(holder.stdout());
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, 'connect')));
  return {
    port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of waiting) socket.destroy();
      holder.child.kill('SIGKILL');
      await holder.ended;
    },
  };
}

const pidsOf = (run: Started) => treeOf(run.identity).map(({ pid }) => pid);

describe('knocking at a port', () => {
  test('nobody is there, somebody is, and nobody again', async () => {
    const port = await freePort();
    expect(await isListenedOn(port)).toBe(false);
    const server = await listen({ host: '127.0.0.1', port });
    expect(await isListenedOn(port)).toBe(true);
    await server[Symbol.asyncDispose]();
    expect(await isListenedOn(port)).toBe(false);
  });

  test('the knock leaves the port free for whoever wants it', async () => {
    const port = await freePort();
    for (let round = 0; round < 50; round += 1) await isListenedOn(port);
    expect(await probePort(port)).toBe('free');
  });

  test('a server that is too busy to accept counts as there', async () => {
    await using crowd = await crowded();
    expect(await isListenedOn(crowd.port)).toBe(true);
  });
});

describe('probing a port (R10)', () => {
  test('a free port is free, and still is afterwards', async () => {
    const port = await freePort();
    expect(await probePort(port)).toBe('free');
    expect(await probePort(port)).toBe('free');
    expect(readListeners().has(port)).toBe(false);
  });

  test.each([
    ['127.0.0.1 only', { host: '127.0.0.1' }],
    ['another loopback address only', { host: '127.0.0.2' }],
    ['0.0.0.0', { host: '0.0.0.0' }],
    ['::1 only', { host: '::1' }],
    [':: only', { host: '::', ipv6Only: true }],
    [':: and IPv4', { host: '::' }],
  ])('a listener on %s makes it busy', async (_, options) => {
    await using server = await listen(options);
    expect(await probePort(server.port)).toBe('busy');
  });

  test('a connection that is only closing does not', async () => {
    const port = await (async () => {
      await using server = await listen({ host: '127.0.0.1' });
      const client = connect(server.port, '127.0.0.1');
      await once(client.resume(), 'close');
      return server.port;
    })();
    expect(await probePort(port)).toBe('free');
  });

  test.skipIf(python)(
    'a socket that is bound but does not listen makes it busy, though nobody can be named',
    async () => {
      const code =
        'import socket,sys\ns=socket.socket()\ns.bind(("127.0.0.1",0))\nprint(s.getsockname()[1],flush=True)\nsys.stdin.read()';
      const holder = startProgram('python3', ['-c', code], { stdio: ['pipe', 'pipe', 'pipe'] });
      await holder.printed(/\d+\n/);
      const port = Number(holder.stdout());
      expect(await probePort(port)).toBe('busy');
      expect(portHolder(port)).toBeNull();
      holder.child.stdin?.end();
      await holder.ended;
    },
  );
});

describe.skipIf(missing)('who listens', () => {
  test('is named with command, user and nonce', async () => {
    await using arena = await openArena();
    const port = await freePort();
    const run = await serve(arena, '127.0.0.1', port);
    const holder = portHolder(port);
    expect(holder).toMatchObject({ uid: process.getuid?.(), user: userInfo().username, nonce: run.nonce });
    expect(holder?.command).toContain('createServer');
    expect(pidsOf(run)).toContain(holder?.pid);
    await terminate(run.identity, ASK);
    expect(portHolder(port)).toBeNull();
  });

  test('is a stranger without a nonce, here this very process', async () => {
    await using server = await listen({ host: '::1' });
    expect(portHolder(server.port)).toMatchObject({ pid: process.pid, nonce: null });
  });

  test.skipIf(needs('root'))('is at least told by user when it is not ours to inspect', async () => {
    await using arena = await openArena();
    const port = await freePort();
    const run = await serve(arena, '127.0.0.1', port);
    process.seteuid?.(65_534);
    try {
      expect(portHolder(port)).toEqual({ pid: null, command: null, uid: 0, user: 'root', nonce: null });
    } finally {
      process.seteuid?.(0);
    }
    await terminate(run.identity, ASK);
  });

  test('every address is told apart', async () => {
    await using four = await listen({ host: '127.0.0.1' });
    await using any = await listen({ host: '0.0.0.0' });
    await using six = await listen({ host: '::1' });
    await using both = await listen({ host: '::' });
    const listeners = readListeners();
    const addresses = [four, any, six, both].map(({ port }) => listeners.get(port)?.map(({ address }) => address));
    expect(addresses).toEqual([['127.0.0.1'], ['0.0.0.0'], ['::1'], ['::']]);
  });
});

describe.skipIf(missing)('whose a port is (R11)', () => {
  test('ours when a descendant listens; a stranger does not become ours by answering', async () => {
    await using arena = await openArena();
    const port = await freePort();
    const run = await serve(arena, '127.0.0.1', port);
    expect(ownsPort(port, pidsOf(run))).toBe('own');
    expect(ownsPort(port, [process.pid])).toBe('other');
    expect(ownsPort(port, [])).toBe('other');
    await terminate(run.identity, ASK);
    expect(ownsPort(port, [run.pid])).toBe('none');
  });

  test('not ours while a stranger answers on a local address of the same port', async () => {
    await using arena = await openArena();
    await using stranger = await listen({ host: '127.0.0.1' });
    const code = `require("node:net").createServer().listen({ host: "::1", port: ${stranger.port} }, () => console.log("up"))`;
    const run = await arena.start({ kind: 'program', file: process.execPath, args: ['-e', code] });
    await until('both listen', () => readListeners().get(stranger.port)?.length === 2);
    expect(ownsPort(stranger.port, pidsOf(run))).toBe('other');
    await terminate(run.identity, ASK);
  });

  test('one reading answers for many', async () => {
    await using first = await listen({ host: '127.0.0.1' });
    const listeners = readListeners();
    await using second = await listen({ host: '127.0.0.1' });
    expect(ownsPort(first.port, [process.pid], listeners)).toBe('own');
    expect(ownsPort(second.port, [process.pid], listeners)).toBe('none');
  });
});

test.each([
  ['0100007F', '127.0.0.1'],
  ['00000000', '0.0.0.0'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['B80D0120000000000000000001000000', '2001:db8::1'],
])('the kernel writes %s for %s', (hex, address) => {
  expect(formatAddress(hex)).toBe(address);
});

test('the rows of lsof on macOS', () => {
  const text = 'p501\nu501\nf21\nn*:8080\nf22\nn127.0.0.1:9000\np7\nu0\nf3\nn[::1]:631\n';
  expect(parseLsof(text)).toEqual([
    { inode: 501, uid: 501, port: 8080, address: '::' },
    { inode: 501, uid: 501, port: 9000, address: '127.0.0.1' },
    { inode: 7, uid: 0, port: 631, address: '::1' },
  ]);
});
