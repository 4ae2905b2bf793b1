import { readFile } from 'node:fs/promises';
import path from 'node:path';
import {
  Client as ModernSdkClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client as LegacySdkClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, ListRootsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../helpers/root.ts';
import { waitFor } from '../helpers/wait.ts';
import { type HubHome, hubHome, hubOf, scripted } from './hub-home.ts';
import { saidIn } from './modern-client.ts';

/** What Claude Code declares. */
const ABLE = { roots: { listChanged: true }, elicitation: { form: {}, url: {} } };

const npmServer = (name: string, file: string, args: readonly string[] = []): object => ({
  transport: 'stdio',
  command: process.execPath,
  args: [path.join(root, 'node_modules/@modelcontextprotocol', name, 'dist', file), ...args],
});

function headersOf({ token }: HubHome): { readonly requestInit: { readonly headers: Record<string, string> } } {
  return { requestInit: { headers: { authorization: `Bearer ${token}` } } };
}

/** As Claude Code 2.1.330 connects: it asks for the modern era first. */
async function modernSdkClient(hub: HubHome, server: string, name: string): Promise<ModernSdkClient> {
  const client = new ModernSdkClient(
    { name, version: '1' },
    { capabilities: ABLE, versionNegotiation: { mode: 'auto' } },
  );
  client.setRequestHandler('roots/list', async () => ({ roots: [{ uri: 'file:///nowhere', name: 'nowhere' }] }));
  client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { color: 'red' } }));
  await client.connect(new ModernTransport(new URL(hub.url(server)), headersOf(hub)));
  return client;
}

async function legacySdkClient(hub: HubHome, server: string, name: string): Promise<LegacySdkClient> {
  const client = new LegacySdkClient({ name, version: '1' }, { capabilities: { ...ABLE, sampling: {} } });
  client.setRequestHandler(ListRootsRequestSchema, async () => ({
    roots: [{ uri: 'file:///nowhere', name: 'nowhere' }],
  }));
  client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept' as const, content: { color: 'red' } }));
  // The SDK's own class does not satisfy its own interface under exactOptionalPropertyTypes.
  const transport = new LegacyTransport(new URL(hub.url(server)), headersOf(hub)) as Parameters<
    LegacySdkClient['connect']
  >[0];
  await client.connect(transport);
  return client;
}

/** Processes of this home that run a script whose path ends so; their exit recorders do not count. */
async function running({ home }: HubHome, script: string): Promise<number> {
  const pids = await home.processes();
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.startsWith(process.execPath) && line.includes(script)).length;
}

let hub: HubHome;

beforeAll(async () => {
  hub = await hubHome(
    {
      files: npmServer('server-filesystem', 'index.js', ['~']),
      everything: npmServer('server-everything', 'index.js'),
      own: scripted([], { sharing: 'session' }),
    },
    { settings: { childIdle: '500ms' } },
  );
});

afterAll(() => hub.close());

it('ten clients like Claude Code share one process of the filesystem server, and see its own folders', async () => {
  const numbers = [1, 2, 3, 4, 5];
  const old = await Promise.all(numbers.map((n) => legacySdkClient(hub, 'files', `old ${n}`)));
  const now = await Promise.all(numbers.map((n) => modernSdkClient(hub, 'files', `new ${n}`)));
  expect(now.map((client) => client.getProtocolEra())).toEqual(numbers.map(() => 'modern'));
  const call = { name: 'list_directory', arguments: { path: hub.home.dir } };
  const listings = await Promise.all([...old, ...now].map((client) => client.callTool(call)));
  for (const listing of listings) expect(JSON.stringify(listing)).toContain('.mcp-servers.json');
  expect(await running(hub, 'server-filesystem')).toBe(1);
  const { clients } = await hub.api.clients();
  expect(clients.filter(({ name }) => /^(old|new) \d$/.test(name))).toHaveLength(10);
  for (const { uses } of clients) expect(uses).toMatchObject([{ server: 'files', calls: 1, ownPids: [] }]);
  await Promise.all([...old, ...now].map((client) => client.close()));
});

it('the everything server talks back: its clients get processes of their own, which go when they went', async () => {
  const old = await legacySdkClient(hub, 'everything', 'old everything');
  const now = await modernSdkClient(hub, 'everything', 'new everything');
  const plain = hub.modern('everything', { name: 'cannot be asked' });
  const call = { name: 'trigger-elicitation-request', arguments: {} };
  for (const client of [old, now]) expect(JSON.stringify(await client.callTool(call))).toMatch(/red/);
  for (const client of [old, now]) {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toContain('trigger-elicitation-request');
  }
  const echo = await plain.request('tools/call', { name: 'echo', arguments: { message: 'hi' } });
  expect(echo.result).toMatchObject({ content: [{ text: 'Echo: hi' }] });
  const listed = await plain.request('tools/list');
  expect(JSON.stringify(listed.result)).not.toContain('trigger-elicitation-request');
  const { clients } = await hub.api.clients();
  const own = clients.flatMap(({ name, uses }) => uses.map(({ ownPids }) => [name, ownPids.length]));
  expect(own).toEqual(
    expect.arrayContaining([
      ['old everything', 1],
      ['new everything', 1],
      ['cannot be asked', 0],
    ]),
  );
  await old.close();
  await now.close();
  // The SDK's client leaves its session behind; the modern one has none, so that only its silence tells.
  const session = clients.find(({ name }) => name === 'old everything')?.id ?? '';
  const headers = { ...headersOf(hub).requestInit.headers, 'mcp-session-id': session };
  expect((await fetch(hub.url('everything'), { method: 'DELETE', headers })).status).toBe(200);
  await waitFor('one process to be left', async () => (await running(hub, 'server-everything')) === 1);
});

it('nothing is left of a supervisor that was killed, nor of a stop', async () => {
  const [one, two] = [await hub.legacy('own', { name: 'one' }), await hub.legacy('own', { name: 'two' })];
  const pids = [saidIn((await one.run([])).answer.result).pid, saidIn((await two.run([])).answer.result).pid];
  const { pid: supervisor } = await hub.api.info();
  const before = await hub.home.processes();
  expect(before).toEqual(expect.arrayContaining([...pids, supervisor]));
  process.kill(supervisor, 'SIGKILL');
  await waitFor('its death', async () => !(await hub.home.processes()).includes(supervisor));
  expect((await hub.home.run('mcp', ['list'])).code).toBe(0);
  await waitFor('all of the old to be gone', async () => {
    const now = await hub.home.processes();
    return !now.some((pid) => before.includes(pid));
  });
  expect((await hub.home.run('mcp', ['all', 'start'])).code).toBe(0);
  const next = await hubOf(hub.home);
  await waitFor('the servers to be back', async () => {
    const { units } = await next.api.snapshot();
    return units.every(({ state }) => state === 'ready');
  });
  expect((await one.send({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(404);
  await (await next.legacy('own', { name: 'three' })).run([]);
  await next.modern('own', { name: 'four' }).run([]);
  expect((await hub.home.run('mcp', ['all', 'stop'])).code).toBe(0);
  const { pid } = await next.api.info();
  expect(await hub.home.processes()).toEqual([pid]);
  await next.api.shutdown({ all: true });
  await next.api.close();
  await waitFor('nothing to be left', async () => (await hub.home.processes()).length === 0);
});
