import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/protocol/json-rpc.ts';
import { waitFor } from '../helpers/wait.ts';
import { type HubHome, hubHome, scripted } from './hub-home.ts';
import { readMessages } from './message-stream.ts';
import { saidIn } from './modern-client.ts';

let hub: HubHome;

beforeAll(async () => {
  hub = await hubHome({
    old: scripted(),
    own: scripted([], { sharing: 'session' }),
    new: scripted(['era=modern']),
  });
});

afterAll(() => hub.close());

const TOOL = {
  name: 'run',
  description: 'Does run',
  inputSchema: { type: 'object', 'x-schema': [1] },
  annotations: { readOnlyHint: true, 'x-hint': 'kept' },
  'x-tool': { deep: [null, { a: 1 }] },
};
const CAPABILITIES = {
  tools: { listChanged: true, 'x-inner': 1 },
  experimental: { 'x-flag': { on: true } },
  'x-capability': { of: 'ours' },
};
const BLOCKS = [
  { type: 'text', 'x-block': 1 },
  { type: 'x-unknown', data: { kept: true } },
];
const FAULT = { code: -31999, message: 'no, thanks', data: { deep: [1, { two: null }], 'x-data': 'ü' } };

describe.each(['old', 'own', 'new'])('what the server %s sends, of its own era and of the other', (server) => {
  it('arrives at a legacy client with all that nobody knows', async () => {
    const client = await hub.legacy(server, { name: 'legacy' });
    const serverInfo = { name: 'scripted', version: '1.0.0', 'x-info': 'kept' };
    expect(client.greeting.result).toMatchObject({
      protocolVersion: '2025-11-25',
      serverInfo,
      capabilities: CAPABILITIES,
      instructions: 'Say what to do.',
      'x-top': 7,
    });
    const { answer: list } = await client.request('tools/list');
    expect(list.result).toMatchObject({ tools: [TOOL, {}] });
    // A list from memory is the list alone.
    if (server !== 'own') expect(list.result).toMatchObject({ 'x-list': 'kept' });
    const done = await client.run([
      { add: { structuredContent: { a: [1] }, 'x-more': { b: null }, _meta: { 'x/m': 1 } } },
    ]);
    expect(done.answer.result).toMatchObject({
      content: BLOCKS,
      structuredContent: { a: [1] },
      'x-more': { b: null },
      _meta: { 'x/m': 1 },
    });
    const failed = await client.run([{ error: FAULT }]);
    expect(failed).toMatchObject({ status: 200, answer: { error: FAULT } });
    for (const era of ['resultType', 'ttlMs', 'cacheScope']) expect(list.result).not.toHaveProperty(era);
    await client.end();
  });

  it('arrives at a modern client with all that nobody knows, and the stamps of its era', async () => {
    const client = hub.modern(server, { name: 'modern' });
    const { result: greeting } = await client.request('server/discover');
    expect(greeting).toMatchObject({
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: CAPABILITIES,
      instructions: 'Say what to do.',
      'x-top': 7,
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'scripted', 'x-info': 'kept' } },
    });
    const stamps = server === 'new' ? { ttlMs: 1234, cacheScope: 'public' } : { ttlMs: 0, cacheScope: 'private' };
    const { result: list } = await client.request('tools/list');
    expect(list).toMatchObject({ resultType: 'complete', ...stamps, tools: [TOOL, {}] });
    const { result: prompts } = await client.request('prompts/list');
    expect(prompts).toMatchObject({ ...stamps, prompts: [{ name: 'talk', 'x-prompt': 1 }] });
    const { result: read } = await client.request('resources/read', { uri: 'script:[]' });
    expect(read).toMatchObject({ resultType: 'complete', ...stamps });
    const done = await client.run([{ add: { structuredContent: [1], 'x-more': { b: null } } }]);
    expect(done.result).toMatchObject({
      content: BLOCKS,
      structuredContent: [1],
      'x-more': { b: null },
      resultType: 'complete',
    });
    expect(done.result).not.toHaveProperty('ttlMs');
    const failed = await client.run([{ error: FAULT }]);
    expect(failed).toMatchObject({ status: 200, answer: { error: FAULT } });
  });

  it('methods that nobody knows pass, with their parameters and results', async () => {
    const params = { 'x-one': [1, { two: null }], text: 'ü\u0000"' };
    const legacy = await hub.legacy(server, { name: 'legacy' });
    expect((await legacy.request('x/echo', params)).answer.result).toMatchObject({
      echo: params,
      'x-result': [1, null, { a: 'ü' }],
    });
    expect((await legacy.request('x/none')).answer).toMatchObject({ error: { code: -32601 } });
    const modern = hub.modern(server, { name: 'modern' });
    expect((await modern.request('x/echo', params)).result).toMatchObject({
      echo: params,
      'x-result': [1, null, { a: 'ü' }],
    });
    expect(await modern.request('x/none')).toMatchObject({ status: 404, answer: { error: { code: -32601 } } });
    await legacy.end();
  });
});

describe.each(['old', 'own'])('notifications that nobody knows, legacy server %s', (server) => {
  it('pass to the client and to the server', async () => {
    const client = await hub.legacy(server, { name: 'notifies' });
    await client.open();
    await client.run([{ notify: 'notifications/x-news', params: { a: [1] } }]);
    expect((await client.unasked.method('notifications/x-news')).params).toEqual({ a: [1] });
    await client.notify('notifications/x-told', { b: { c: null } });
    const told = async () =>
      saidIn((await client.request('tools/call', { name: 'report' })).answer.result).notices as JsonObject[];
    await waitFor('the notification', async () =>
      (await told()).some(({ method }) => method === 'notifications/x-told'),
    );
    expect(await told()).toContainEqual({ method: 'notifications/x-told', params: { b: { c: null } } });
    await client.end();
  });

  it("late progress and withdrawn questions of the server are not mistaken for the client's own", async () => {
    const client = await hub.legacy(server, { name: 'late' });
    await client.open();
    const late = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((id) => [
      { notify: 'notifications/progress', params: { progressToken: id + 500, progress: 1 } },
      { notify: 'notifications/cancelled', params: { requestId: id } },
    ]);
    await client.run([{ after: [...late, { notify: 'notifications/x-last', params: {} }] }]);
    await client.unasked.method('notifications/x-last');
    expect(client.unasked.of('notifications/progress')).toEqual([]);
    expect(client.unasked.of('notifications/cancelled')).toEqual([]);
    await client.end();
  });
});

describe('a batch of 2025-03-26', () => {
  it('is answered as one', async () => {
    const client = await hub.legacy('old', { name: 'batch', revision: '2025-03-26' });
    expect(client.greeting.result).toMatchObject({ protocolVersion: '2025-03-26' });
    const response = await client.send([
      { jsonrpc: '2.0', id: 'a', method: 'ping' },
      { jsonrpc: '2.0', method: 'notifications/x-in-batch' },
      { jsonrpc: '2.0', id: 9, method: 'tools/call', params: { name: 'run', arguments: { script: [] } } },
      { jsonrpc: '2.0', id: 10, method: 'x/none' },
    ]);
    expect(response.status).toBe(200);
    const answers = (await response.json()) as JsonObject[];
    expect(answers).toHaveLength(3);
    expect(answers).toContainEqual({ jsonrpc: '2.0', id: 'a', result: {} });
    expect(answers).toContainEqual(expect.objectContaining({ id: 9, result: expect.anything() }));
    expect(answers).toContainEqual(
      expect.objectContaining({ id: 10, error: expect.objectContaining({ code: -32601 }) }),
    );
    const notices = await client.send([{ jsonrpc: '2.0', method: 'notifications/x' }]);
    expect([notices.status, await notices.text()]).toEqual([202, '']);
  });

  it('with something to tell before the answers comes as a stream, and holds what is no message to nobody', async () => {
    const client = await hub.legacy('old', { name: 'batch stream', revision: '2025-03-26' });
    const params = { name: 'run', arguments: { script: [{ progress: 1 }] }, _meta: { progressToken: 't' } };
    const response = await client.send([7, null, { jsonrpc: '2.0', id: 1, method: 'tools/call', params }]);
    const messages: JsonObject[] = [];
    await readMessages(response, (message) => messages.push(message));
    expect(messages).toMatchObject([{ params: { progressToken: 't' } }, { id: 1, result: {} }]);
  });
});
