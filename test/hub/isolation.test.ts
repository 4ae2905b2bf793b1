import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from '../helpers/wait.ts';
import { type HubHome, hubHome, scripted } from './hub-home.ts';
import type { LegacyClient } from './legacy-client.ts';
import { type ModernAnswer, type ModernClient, saidIn } from './modern-client.ts';

let hub: HubHome;
let calm: ModernClient;

beforeAll(async () => {
  const quick = { restart: { backoff: { initial: '50ms' } } };
  hub = await hubHome(
    {
      calm: scripted(),
      ill: scripted([], { ...quick, limits: { bytes: 200_000 } }),
      modern: scripted(['era=modern'], { ...quick, limits: { bytes: 200_000 } }),
      narrow: scripted([], { limits: { concurrency: 2, timeout: '400ms' } }),
      never: scripted(['exit=3'], { restart: { policy: 'never' } }),
      chatty: scripted([], { sharing: 'session' }),
    },
    { start: ['calm', 'ill', 'modern', 'narrow', 'chatty'] },
  );
  calm = hub.modern('calm', { name: 'calm' });
});

afterAll(() => hub.close());

/** Calls another server all the while, one call after the other; all of them must succeed. */
async function besides<T>(trouble: () => Promise<T>): Promise<T> {
  let isOver = false;
  const traffic = (async () => {
    let calls = 0;
    for (; !isOver || calls === 0; calls += 1) {
      const { status, result } = await calm.run([]);
      expect([status, saidIn(result).answers]).toEqual([200, []]);
    }
    return calls;
  })();
  const [result] = await Promise.all([
    trouble().finally(() => {
      isOver = true;
    }),
    traffic,
  ]);
  return result;
}

describe.each(['ill', 'modern'])('the server %s harms nobody else, and is back afterwards', (server) => {
  const client = () => hub.modern(server, { name: 'patient' });
  const isBack = async () => {
    const { answer } = await client().run([]);
    expect(answer).not.toHaveProperty('error');
  };

  it('when it dies in the middle of calls', () =>
    besides(async () => {
      const [one, two] = await Promise.all([
        client().run([{ until: 'never' }]),
        client().run([{ sleep: 50 }, { exit: 3 }]),
      ]);
      for (const { answer } of [one, two]) {
        expect(answer).toMatchObject({ error: { code: -32000, message: expect.stringMatching(/ended|died|exit/) } });
      }
      await isBack();
    }));

  it('when it writes what is no JSON, and half of it', () =>
    besides(async () => {
      const raws = [
        '{"jsonrpc":"2.0","id":',
        '}{',
        '[]',
        'null',
        '"text"',
        '{"jsonrpc":"2.0","id":{},"result":1}',
        '\u0000',
      ];
      const { result } = await client().run(raws.map((raw) => ({ raw })));
      expect(saidIn(result).answers).toEqual([]);
    }));

  it('when it floods its stdout with notifications, or with noise', () =>
    besides(async () => {
      expect((await client().run([{ flood: 50_000 }])).status).toBe(200);
      expect((await client().run([{ flood: 20_000, text: 'noise' }])).status).toBe(200);
    }));

  it('when its answer is larger than the limit, alone and with other calls under way', () =>
    besides(async () => {
      const alone = await client().run([{ big: 300_000 }]);
      expect(errorOf(alone)).toMatchObject({ error: { message: expect.stringContaining('200000 bytes') } });
      const small = client().run([{ until: `small ${server}` }]);
      const huge = await client().run([{ big: 100_000_000 }]);
      expect(errorOf(huge)).toMatchObject({ error: { message: expect.stringContaining('200000 bytes') } });
      await client().run([{ release: `small ${server}` }]);
      expect(saidIn((await small).result).answers).toEqual([]);
    }));
});

it('a server that dies at its start fails its calls at once, with its name and what to do', () =>
  besides(async () => {
    await hub.api.start(['never'], { waitMs: null });
    const { answer } = await hub.modern('never', { name: 'hopes' }).run([]);
    expect(answer).toMatchObject({ error: { message: expect.stringMatching(/never .*mcp never/s) } });
  }));

describe('limits of an entry', () => {
  it('no more calls at once than it says: the others wait their turn', async () => {
    const client = hub.modern('narrow', { name: 'many' });
    const done = await Promise.all(Array.from({ length: 6 }, () => client.run([{ sleep: 50 }])));
    expect(done.map(({ answer }) => 'result' in answer)).toEqual(done.map(() => true));
    const { result } = await client.request('tools/call', { name: 'report' });
    expect(saidIn(result).most).toBe(2);
  });

  it('a call that takes longer fails, is cancelled there, and leaves its place', () =>
    besides(async () => {
      const client = hub.modern('narrow', { name: 'waits' });
      const hung = { name: 'run', arguments: { label: 'hung', script: [{ until: 'never' }] } };
      const answers = await Promise.all([1, 2, 3].map(() => client.request('tools/call', hung)));
      for (const { answer } of answers)
        expect(answer).toMatchObject({ error: { message: expect.stringContaining('0.4 s') } });
      const report = saidIn((await client.request('tools/call', { name: 'report' })).result);
      expect(report.cancelled).toEqual(['hung', 'hung', 'hung']);
    }));

  it('a call that waits for its turn can be given up', async () => {
    const client = hub.modern('narrow', { name: 'gives up' });
    const abort = new AbortController();
    const hung = [1, 2].map(() => client.run([{ until: 'never' }]));
    const queued = client.run([], { signal: abort.signal }).catch(() => 'given up');
    abort.abort();
    expect(await queued).toBe('given up');
    await Promise.all(hung);
    expect((await client.run([])).status).toBe(200);
  });
});

it.each([
  ['many messages', 200_000, 1_000],
  ['large messages', 200, 1_000_000],
])('a client that does not read its stream, or has none, costs little memory: %s', (_what, flood, length) =>
  besides(async () => {
    const client = await hub.legacy('chatty', { name: 'deaf' });
    await client.run([]);
    const { pid } = await hub.api.info();
    const before = residentBytes(pid);
    const text = JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/x-large',
      params: { data: 'x'.repeat(length) },
    });
    // 200 MB without a stream, and 200 MB with one.
    await client.run([{ flood, text }]);
    const socket = await unreadStream(client);
    await client.run([{ flood, text }]);
    expect(residentBytes(pid) - before).toBeLessThan(150_000_000);
    socket.destroy();
    await client.end();
    await waitFor('it to be gone', async () => !(await hub.api.clients()).clients.some(({ name }) => name === 'deaf'));
  }),
);

/** A GET stream of which nothing is read but the beginning. */
async function unreadStream({ sessionId }: LegacyClient): Promise<Socket> {
  const socket = connect(hub.home.hubPort, '127.0.0.1');
  const headers = ['Host: 127.0.0.1', `Authorization: Bearer ${hub.token}`, `Mcp-Session-Id: ${sessionId}`];
  socket.write(['GET /chatty/mcp HTTP/1.1', ...headers, '', ''].join('\r\n'));
  await once(socket, 'data');
  socket.pause();
  return socket;
}

it('an entry that is removed takes its sessions and streams along, and nothing else', () =>
  besides(async () => {
    const client = await (await hub.legacy('narrow', { name: 'left behind' })).open();
    const { stream } = hub.modern('narrow', { name: 'left, too' }).listen({ toolsListChanged: true }, 1);
    await stream.method('notifications/subscriptions/acknowledged');
    await hub.api.stop(['narrow']);
    const { narrow: _removed, ...rest } = JSON.parse(readFileSync(hub.home.registryPath, 'utf8'));
    await hub.home.writeRegistry(rest);
    await client.unasked.ended();
    await stream.ended();
    expect((await client.send({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(404);
    await waitFor(
      'the session to be gone',
      async () => !(await hub.api.clients()).clients.some(({ name }) => name === 'left behind'),
    );
  }));

/** Without the result, which is too much to print. */
const errorOf = ({ answer }: ModernAnswer) => ({ error: answer.error });

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}
