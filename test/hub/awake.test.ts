import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { waitFor } from '../helpers/wait.ts';
import { type HubHome, hubHome, hubOf, scripted } from './hub-home.ts';
import { saidIn } from './modern-client.ts';

const homes: HubHome[] = [];

/** Servers of theirs may start at once, and offer what they always do. */
const gateIsOpen = { files: { gate: '', tools: 'run report' } };

/** Closed after the test. */
async function withServers(...given: Parameters<typeof hubHome>): Promise<HubHome> {
  const hub = await hubHome(...given);
  homes.push(hub);
  return hub;
}

afterEach(async () => {
  await Promise.all(homes.splice(0).map((hub) => hub.close()));
});

const stateOf = async ({ api }: HubHome, name: string) =>
  (await api.snapshot()).units.find((unit) => unit.name === name)?.state;
const toolsIn = (result: unknown) => (result as { tools: { name: string }[] }).tools.map(({ name }) => name);

/** Longer than any wait for the first word of a server (the era probe gives 2 s). Milliseconds. */
const BOOT_MS = 2_500;

it.each([['era=legacy'], ['era=modern']])(
  'answers from memory while a slow server boots, and the first call succeeds: %s',
  async (...era) => {
    const hub = await withServers(
      { slow: scripted([...era, 'wait-for=gate', `boot=${BOOT_MS}`], { path: '~' }) },
      gateIsOpen,
    );
    const gate = path.join(hub.home.dir, 'gate');
    rmSync(gate);
    await hub.api.restart(['slow'], { waitMs: 0 });
    const modern = hub.modern('slow', { name: 'modern' });
    expect((await modern.request('server/discover')).result).toMatchObject({ 'x-top': 7 });
    expect(toolsIn((await modern.request('tools/list')).result)).toEqual(['run', 'report']);
    const legacy = await hub.legacy('slow', { name: 'legacy' });
    expect(toolsIn((await legacy.request('tools/list')).answer.result)).toEqual(['run', 'report']);
    const calls = Promise.all([modern.run([]), legacy.run([])]);
    expect(await stateOf(hub, 'slow')).not.toBe('ready');
    writeFileSync(gate, '');
    const [first, other] = await calls;
    expect(saidIn(first.result).pid).toBe(saidIn(other.answer.result).pid);
  },
);

it('wakes a lazy server at the first call, lets it sleep when it was not used, and wakes it again', async () => {
  const hub = await withServers({ lazy: scripted([], { lazy: true, idle_stop: '300ms' }) });
  await waitFor('it to sleep', async () => (await stateOf(hub, 'lazy')) === 'asleep');
  const client = await hub.legacy('lazy', { name: 'wakes' });
  const first = saidIn((await client.run([])).answer.result);
  await waitFor('it to sleep', async () => (await stateOf(hub, 'lazy')) === 'asleep');
  // The list wakes nobody.
  expect(toolsIn((await client.request('tools/list')).answer.result)).toEqual(['run', 'report']);
  expect(await stateOf(hub, 'lazy')).toBe('asleep');
  // A call that takes longer than the time to sleep is not cut off.
  const second = saidIn((await client.run([{ sleep: 1_500 }])).answer.result);
  expect(second.pid).not.toBe(first.pid);
});

it('tells clients when what it answered from memory turned out stale', async () => {
  const hub = await withServers({ moody: scripted(['tools-file=tools', 'wait-for=gate'], { path: '~' }) }, gateIsOpen);
  const file = (name: string) => path.join(hub.home.dir, name);
  rmSync(file('gate'));
  await hub.api.restart(['moody'], { waitMs: 0 });
  const { stream, close } = hub.modern('moody', { name: 'modern' }).listen({ toolsListChanged: true }, 1);
  const legacy = await (await hub.legacy('moody', { name: 'legacy' })).open();
  expect(toolsIn((await legacy.request('tools/list')).answer.result)).toEqual(['run', 'report']);
  await stream.method('notifications/subscriptions/acknowledged');
  writeFileSync(file('tools'), 'run report brand-new');
  writeFileSync(file('gate'), '');
  await stream.method('notifications/tools/list_changed');
  await legacy.unasked.method('notifications/tools/list_changed');
  expect(toolsIn((await legacy.request('tools/list')).answer.result)).toEqual(['run', 'report', 'brand-new']);
  // What did not change is not said to have changed.
  expect(legacy.unasked.messages.map(({ method }) => method)).toEqual(['notifications/tools/list_changed']);
  close();
});

it('a call to a server that was stopped fails with the command that starts it', async () => {
  const hub = await withServers({ stopped: scripted() });
  await hub.api.stop(['stopped']);
  const { answer } = await (await hub.legacy('stopped', { name: 'legacy' })).run([]);
  expect(answer).toMatchObject({ error: { message: expect.stringContaining('mcp stopped start') } });
  const modern = await hub.modern('stopped', { name: 'modern' }).run([]);
  expect(modern).toMatchObject({
    status: 200,
    answer: { error: { message: expect.stringContaining('stopped is stopped') } },
  });
});

it.each(['shared', 'session'])(
  'a restart fails the call in flight with a sentence, and all else goes on: %s',
  async (sharing) => {
    const hub = await withServers({ it: scripted([], { sharing }) });
    const client = await (await hub.legacy('it', { name: 'goes on' })).open();
    await client.request('logging/setLevel', { level: 'warning' });
    await client.request('resources/subscribe', { uri: 'x:kept' });
    const before = saidIn((await client.run([])).answer.result);
    const inFlight = client.run([{ until: 'never' }]);
    await waitFor('the call', async () =>
      (await hub.api.traffic({ after: 0, limit: 100 })).entries.some(({ outcome }) => outcome === 'pending'),
    );
    await hub.api.restart(['it'], { waitMs: null });
    const { answer } = await inFlight;
    expect(answer).toMatchObject({
      error: { code: -32000, message: expect.stringMatching(/^[^{}]*(restart|ended|stopp)[^{}]*$/) },
    });
    // One who merely listens need not call for it.
    if (sharing === 'shared') {
      await hub.modern('it', { name: 'another' }).run([{ updated: 'x:kept' }]);
      await client.unasked.method('notifications/resources/updated');
    }
    const report = saidIn((await client.request('tools/call', { name: 'report' })).answer.result) as JsonObject;
    expect(report.pid).not.toBe(before.pid);
    expect(report).toMatchObject({ levels: ['warning'], uris: ['x:kept'] });
    if (sharing === 'session') {
      await client.run([{ updated: 'x:kept' }]);
      await client.unasked.method('notifications/resources/updated');
    }
  },
);

it.each([
  ['a shared legacy server', scripted(['pulse=100'])],
  ['a legacy server with a process for each', scripted(['pulse=100'], { sharing: 'session' })],
  ['a modern server', scripted(['era=modern', 'pulse=100'])],
])('all a client does may be to listen, also when the server is another after a restart: %s', async (_what, entry) => {
  const hub = await withServers({ fresh: entry });
  const client = await (await hub.legacy('fresh', { name: 'listens' })).open();
  await client.request('resources/subscribe', { uri: 'x:first' });
  await client.unasked.method('notifications/resources/updated');
  await hub.api.restart(['fresh'], { waitMs: null });
  const heard = client.unasked.messages.length;
  await client.unasked.until(
    'an update of the new one',
    (message) => client.unasked.messages.indexOf(message) >= heard,
  );
});

it('a client that leaves while its process starts leaves no process', async () => {
  const hub = await withServers({ own: scripted(['wait-for=gate'], { sharing: 'session', path: '~' }) }, gateIsOpen);
  const before = await hub.home.processes();
  rmSync(path.join(hub.home.dir, 'gate'));
  const client = await hub.legacy('own', { name: 'leaves' });
  const call = client.run([]);
  const started = async () => (await hub.home.processes()).some((pid) => !before.includes(pid));
  await waitFor('its process to start', started);
  expect(await client.end()).toBe(200);
  expect((await call).answer).toMatchObject({ error: { message: expect.any(String) } });
  await waitFor('its process to be gone', async () => !(await started()));
});

it('after a restart of the supervisor old sessions are gone, and clients begin new ones', async () => {
  const hub = await withServers({ it: scripted() });
  const client = await (await hub.legacy('it', { name: 'old' })).open();
  await hub.api.shutdown({ all: false });
  await client.unasked.ended();
  await hub.home.run('mcp', ['all', 'start']);
  expect((await client.send({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(404);
  const next = await hubOf(hub.home);
  expect(saidIn((await (await next.legacy('it', { name: 'new' })).run([])).answer.result).answers).toEqual([]);
  await next.api.close();
});
