import { once } from 'node:events';
import { get } from 'node:http';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { expect, it } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';
import { waitFor } from '../../helpers/wait.ts';
import { everything, offering, type Stage, stage } from '../gateway/stage.ts';

async function connect(on: Stage, url: string, capabilities = {}): Promise<Client> {
  const client = new Client({ name: 'of 2024', version: '1' }, { capabilities });
  const headers = { authorization: `Bearer ${on.token}` };
  await client.connect(new SSEClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

const textOf = (result: unknown) => JSON.stringify((result as { content: unknown }).content);

it('serves clients of 2024-11-05 on every endpoint, and on the own port of an entry', async () => {
  const port = await freePort();
  await using on = await stage({
    one: offering({ tools: ['greet'] }, { port, profile: ['work'] }),
    two: offering({ tools: ['wave'] }),
  });
  const seen = async (url: string) => {
    const client = await connect(on, url);
    const names = (await client.listTools()).tools.map(({ name }) => name).sort();
    const result = await client.callTool({ name: names.at(0) ?? '', arguments: { a: 1 } });
    await client.close();
    return { names, answer: textOf(result).includes('\\"a\\":1') };
  };
  expect(await seen(on.url('/one/sse'))).toEqual({ names: ['greet'], answer: true });
  expect(await seen(on.url('/sse'))).toEqual({ names: ['one__greet', 'two__wave'], answer: true });
  expect(await seen(on.url('/@work/sse'))).toEqual({ names: ['one__greet'], answer: true });
  expect(await seen(`http://127.0.0.1:${port}/sse`)).toEqual({ names: ['greet'], answer: true });
  const search = await connect(on, on.url('/sse?tools=search'));
  expect((await search.listTools()).tools.map(({ name }) => name)).toContain('find_tools');
  await search.close();
});

it('carries questions, progress and changes on the one stream', async () => {
  await using on = await stage({ everything: everything(), changing: offering({ tools: ['change'] }) });
  const client = await connect(on, on.url('/everything/sse'), { elicitation: {} });
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Ada', check: true } }));
  const name = await waitFor('the tool to show', async () => {
    const { tools } = await client.listTools();
    return tools.find((tool) => tool.name.includes('elicitation-request'))?.name;
  });
  expect(textOf(await client.callTool({ name, arguments: {} }))).toContain('Ada');
  const steps: number[] = [];
  const long = { name: 'trigger-long-running-operation', arguments: { duration: 0.15, steps: 3 } };
  await client.callTool(long, undefined, { onprogress: ({ progress }) => steps.push(progress) });
  // The SDK's client drops progress that it reads together with the answer, as the last one may be.
  expect(steps.slice(0, 2)).toEqual([1, 2]);
  await client.close();

  const other = await connect(on, on.url('/changing/sse'));
  const changed = new Promise<void>((resolve) => {
    other.setNotificationHandler(ToolListChangedNotificationSchema, () => resolve());
  });
  await other.callTool({ name: 'change', arguments: {} });
  await changed;
  await other.close();
});

it('ends the session with its stream, and says so to who posts after that', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) });
  const headers = { authorization: `Bearer ${on.token}` };
  const request = get(on.url('/one/sse'), { headers });
  const [response] = await once(request, 'response');
  const [first] = (await once(response.setEncoding('utf8'), 'data')) as [string];
  const [, path = ''] = /^event: endpoint\ndata: (\/one\/messages\?sessionId=[\w-]+)\n\n$/.exec(first) ?? [];
  const post = (body: unknown, more: object = headers) =>
    fetch(on.url(path), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...more },
      body: JSON.stringify(body),
    });
  const greeting = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  };
  expect((await post(greeting, {})).status).toBe(401);
  expect((await post('nonsense')).status).toBe(400);
  const answer = once(response, 'data');
  expect((await post(greeting)).status).toBe(202);
  expect(String(await answer)).toContain('"protocolVersion":"2024-11-05"');
  const names = async () => (await on.api.clients()).clients.map(({ name, via }) => `${name} ${via}`);
  expect(await names()).toEqual(['raw sse']);
  request.destroy();
  await waitFor('the client to be gone', async () => (await names()).length === 0);
  expect((await post(greeting)).status).toBe(404);
});

it('lets nobody in without the token', async () => {
  await using on = await stage({ one: offering({ tools: ['greet'] }) });
  expect((await fetch(on.url('/one/sse'))).status).toBe(401);
  const headers = { authorization: `Bearer ${on.token}`, origin: 'https://evil.example' };
  expect((await fetch(on.url('/one/sse'), { headers })).status).toBe(403);
});
