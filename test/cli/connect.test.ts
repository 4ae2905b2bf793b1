import path from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, test } from 'vitest';
import { readHubToken } from '../../src/registry/hub-token.ts';
import { resolvePaths } from '../../src/registry/paths.ts';
import type { SupervisorApi } from '../../src/supervisor/api.ts';
import { connect } from '../../src/supervisor/connect.ts';
import { freePort } from '../helpers/free-port.ts';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { root } from '../helpers/root.ts';
import { waitFor } from '../helpers/wait.ts';
import { everything, offering, offeringHttp } from '../hub/gateway/stage.ts';

const serverOf = (home: Home, ...args: string[]) => ({
  command: process.execPath,
  args: [path.join(root, 'dist/bin/mcp.cjs'), 'connect', ...args],
  env: { ...home.env },
});

async function legacy(home: Home, args: readonly string[] = [], capabilities = {}): Promise<OldClient> {
  const client = new OldClient({ name: 'old', version: '1' }, { capabilities });
  await client.connect(new OldTransport(serverOf(home, ...args)));
  return client;
}

async function modern(home: Home, ...args: string[]): Promise<Client> {
  const versionNegotiation = { mode: { pin: '2026-07-28' } } as const;
  const client = new Client({ name: 'new', version: '1' }, { versionNegotiation });
  await client.connect(new StdioClientTransport(serverOf(home, ...args)));
  return client;
}

/** The code of the error that a call is answered with whose arguments stand in no header. */
async function refusedWithout(home: Home, endpoint: string, params: { name: string; arguments: object }) {
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const response = await fetch(`http://127.0.0.1:${home.hubPort}${endpoint}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${readHubToken(home.runtimeDir)}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': params.name,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { ...params, _meta } }),
  });
  return ((await response.json()) as { error?: { code: number } }).error?.code;
}

const textOf = (result: unknown) => JSON.stringify((result as { content: unknown }).content);

async function apiOf(home: Home): Promise<SupervisorApi> {
  const paths = resolvePaths(home.env);
  const api = paths.ok ? await connect({ paths: paths.value }) : null;
  if (!api) throw new Error('no supervisor runs');
  return api;
}

/** Names of the clients that the hub sees. */
async function clientNames(home: Home): Promise<string[]> {
  const api = await apiOf(home);
  try {
    return (await api.clients()).clients.map(({ name }) => name);
  } finally {
    await api.close();
  }
}

test('a legacy client, with a supervisor that nobody had started; the session ends with stdin', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({
    everything: { ...everything(), autostart: true },
    changing: { ...offering({ tools: ['change'] }), autostart: true, profile: ['work'] },
  });
  const client = await legacy(home, ['everything'], { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada', check: true } }));
  const name = await waitFor('the tool to show', async () => {
    const { tools } = await client.listTools();
    return tools.find((tool) => tool.name.includes('elicitation-request'))?.name;
  });
  expect(textOf(await client.callTool({ name, arguments: {} }))).toContain('Ada');
  const steps: number[] = [];
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.1, steps: 2 } };
  await client.callTool(long, undefined, { onprogress: ({ progress }) => steps.push(progress) });
  // Its SDK forgets the listener with the answer, so the last step may find nobody.
  expect(steps[0]).toBe(1);

  const other = await legacy(home, ['@work']);
  const changed = new Promise<void>((resolve) => {
    other.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve());
  });
  await other.callTool({ name: 'changing__change', arguments: {} });
  await changed;
  expect(await clientNames(home)).toEqual(['old', 'old']);
  await Promise.all([client.close(), other.close()]);
  await waitFor('the sessions to end', async () => (await clientNames(home)).length === 0);
});

test('a modern client: single requests with the headers they need, subscriptions, cancellation', async () => {
  await using home = await temporaryHome();
  const inputSchema = { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } };
  await home.writeRegistry({
    new: offeringHttp(await freePort(), { era: 'modern', tools: [{ name: 'find', inputSchema }] }),
    changing: offering({ tools: ['change'] }),
    everything: everything(),
  });
  await home.run('mcp', ['all', 'start']);
  const client = await modern(home, 'new');
  // It has not asked for the list and knows of no header, without which the hub refuses the call.
  const found = await client.callTool({ name: 'find', arguments: { region: 'süd' } });
  expect(textOf(found)).toContain('süd');
  expect(await refusedWithout(home, '/new/mcp', { name: 'find', arguments: { region: 'süd' } })).toBe(-32020);
  await expect(client.callTool({ name: 'nothing', arguments: {} })).rejects.toThrow('nothing');
  await client.close();

  const hearing = await modern(home, 'changing');
  const heard = new Promise<void>((resolve) => {
    hearing.setNotificationHandler('notifications/tools/list_changed', () => resolve());
  });
  const listening = await hearing.listen({ toolsListChanged: true });
  await hearing.callTool({ name: 'change', arguments: {} });
  await heard;
  await listening.close();
  await hearing.close();

  const impatient = await modern(home, 'everything');
  const signal = AbortSignal.timeout(500);
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 60, steps: 1 } };
  await expect(impatient.callTool(long, { signal })).rejects.toThrow();
  const api = await apiOf(home);
  await waitFor('the call to end', async () => {
    const { entries } = await api.traffic({ after: 0, limit: 100, server: 'everything' });
    return entries.some(({ subject, outcome }) => subject === long.name && outcome !== 'pending');
  });
  await api.close();
  await impatient.close();
});

test('a restart of the supervisor goes unnoticed', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: { ...offering({ tools: ['greet', 'change'] }), autostart: true } });
  const client = await legacy(home, ['one']);
  const fresh = await modern(home, 'one');
  let changes = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    changes += 1;
  });
  let heard = 0;
  fresh.setNotificationHandler('notifications/tools/list_changed', () => {
    heard += 1;
  });
  const listening = await fresh.listen({ toolsListChanged: true });
  expect(textOf(await client.callTool({ name: 'greet', arguments: {} }))).toContain('greet');
  expect((await home.run('mcp', ['supervisor', 'restart'])).code).toBe(0);
  // It came back by itself, before anybody asked for anything.
  await waitFor('both to be back', async () => (await clientNames(home)).sort().join() === 'new,old');
  expect(textOf(await client.callTool({ name: 'greet', arguments: { again: 1 } }))).toContain('again');
  const before = { changes, heard };
  await client.callTool({ name: 'change', arguments: {} });
  await waitFor('both to hear of the change', () => changes > before.changes && heard > before.heard);

  // One that was stopped comes back with the next request.
  expect((await home.run('mcp', ['supervisor', 'stop'])).code).toBe(0);
  expect((await home.run('mcp', ['supervisor', 'status'])).code).toBe(5);
  expect(textOf(await client.callTool({ name: 'greet', arguments: { third: 1 } }))).toContain('third');
  await listening.close();
  await client.close();
  await fresh.close();
});

test('messages typed ahead are all answered before it ends, and nothing else is on stdout', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: offering({ tools: ['greet'] }), two: offering({ tools: ['wave'] }) });
  await home.run('mcp', ['all', 'start']);
  const clientInfo = { name: 'typed', version: '1' };
  const initialize = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo };
  const lines = [
    { id: 'a', method: 'initialize', params: initialize },
    { method: 'notifications/initialized' },
    { id: 'b', method: 'tools/list' },
    { id: 'c', method: 'tools/call', params: { name: 'two__wave', arguments: {} } },
  ].map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }));
  const input = ['{', ...lines.slice(0, 3), '{"hello": "there"}', lines[3]].join('\n');
  const { stdout, stderr, code } = await home.run('mcp', ['connect'], { input });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const answers = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const of = (id: string) => answers.find((answer) => answer.id === id)?.result;
  expect(of('a')).toMatchObject({ protocolVersion: '2025-06-18' });
  expect(
    of('b')
      .tools.map(({ name }: { name: string }) => name)
      .sort(),
  ).toEqual(['one__greet', 'two__wave']);
  expect(JSON.stringify(of('c'))).toContain('wave');
  expect(answers.flatMap(({ error }) => error?.code ?? []).sort()).toEqual([-32600, -32700]);
});

test('a name that is not there is told at once, on stderr', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ weather: offering({ tools: [] }) });
  for (const [name, sentence] of [
    ['wether', 'there is no server wether → did you mean weather?'],
    ['@work', 'there is no profile @work'],
  ] as const) {
    const ended = await home.run('mcp', ['connect', name], { input: '' });
    expect(ended).toMatchObject({ code: 3, stdout: '', stderr: expect.stringContaining(sentence) });
  }
  expect(await home.processes()).toEqual([]);
});

test('SIGTERM ends it, and its session', async () => {
  await using home = await temporaryHome();
  await home.writeRegistry({ one: { ...offering({ tools: ['greet'] }), autostart: true } });
  const transport = new OldTransport(serverOf(home, 'one'));
  const client = new OldClient({ name: 'killer', version: '1' });
  await client.connect(transport);
  const closed = new Promise<void>((resolve) => {
    client.onclose = resolve;
  });
  process.kill(transport.pid ?? 0, 'SIGTERM');
  await closed;
  await waitFor('the session to end', async () => (await clientNames(home)).length === 0);
});
