import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Home, temporaryHome } from '../helpers/home.ts';
import { connectClient, ERAS, type MemoryServer, program, startMemoryServer, textOf } from './memory-process.ts';

let home: Home;
let server: MemoryServer;

beforeAll(async () => {
  home = await temporaryHome();
  server = await startMemoryServer(home);
});
afterAll(() => home.close());

const overHttp = (mode: (typeof ERAS)[number]) => connectClient(server, mode);

async function overStdio(mode: (typeof ERAS)[number]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const args = [program, '--stdio'];
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, env: { ...home.env }, stderr: 'ignore' }),
  );
  return client;
}

const ways = [
  ['HTTP', 'legacy', () => overHttp('legacy')],
  ['HTTP', 'modern', () => overHttp(ERAS[1])],
  ['stdio', 'legacy', () => overStdio('legacy')],
  ['stdio', 'modern', () => overStdio(ERAS[1])],
] as const;

describe.each(ways)('over %s, %s era', (_, era, connect) => {
  let client: Client;

  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client.close());

  async function call(name: string, args: Record<string, unknown>) {
    const result = await client.callTool({ name, arguments: args });
    return { ...result, text: textOf(result), data: result.structuredContent };
  }

  test('it says what it is', async () => {
    expect(client.getProtocolEra()).toBe(era);
    expect(client.getServerVersion()).toMatchObject({ name: 'memory', title: 'Memory' });
    expect(client.getInstructions()).toContain('search_memory');
  });

  test('the tools describe themselves: schemas, hints, words to find them by', async () => {
    const { tools } = await client.listTools();
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
    expect(hints).toMatchObject({
      save_memory: { readOnlyHint: false, destructiveHint: false },
      search_memory: { readOnlyHint: true },
      list_memories: { readOnlyHint: true },
      delete_memory: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
    });
    const save = tools.find(({ name }) => name === 'save_memory');
    expect(save?.inputSchema).toMatchObject({
      required: ['text'],
      properties: { text: { type: 'string', maxLength: 65_536 } },
    });
    expect(save?.outputSchema).toMatchObject({ type: 'object' });
    expect(tools.map(({ description }) => description).join()).toMatch(/remember.*recall.*browse.*forget/is);
  });

  test('a memory can be saved, found, listed and deleted', async () => {
    const word = `zebra${era}${_}`;
    const saved = await call('save_memory', { text: `The ${word} is striped`, tags: ['Animals'] });
    const id = String(Object(saved.data).id);
    expect(saved.data).toEqual({ id, tags: ['animals'], createdAt: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(saved.text).toContain(id);

    const found = await call('search_memory', { query: `what about ${word}s?` });
    expect(found.data).toMatchObject({ memories: [{ id, text: `The ${word} is striped`, tags: ['animals'] }] });
    expect(found.text).toContain(`The ${word} is striped`);

    const listed = await call('list_memories', { tag: 'ANIMALS', limit: 1 });
    expect(listed.data).toMatchObject({ memories: [{ id }], total: 1, nextOffset: null });

    expect(await call('delete_memory', { id })).toMatchObject({ data: { id } });
    expect((await call('search_memory', { query: word })).data).toEqual({ memories: [] });
  });

  test.each([
    ['save_memory', {}, /text.*required/],
    ['save_memory', { text: '  \n ' }, /text: empty/],
    ['save_memory', { text: 'ä'.repeat(40_000) }, /longer than 64 kB.*summary/],
    ['save_memory', { text: 'x', tags: Array.from({ length: 33 }, String) }, /at most 32 tags/],
    ['save_memory', { text: 'x', tags: ['y'.repeat(65)] }, /at most 64 characters/],
    ['save_memory', { text: 'x', tags: 'work' }, /list of strings/],
    ['search_memory', {}, /query.*required/],
    ['search_memory', { query: 'x', limit: 0 }, /at least 1/],
    ['search_memory', { query: 'x', limit: 101 }, /at most 100/],
    ['list_memories', { limit: 'many' }, /whole number/],
    ['list_memories', { offset: -1 }, /at least 0/],
    ['delete_memory', { id: 'nobody' }, /no memory with the id nobody.*search_memory/],
  ])('%s %j is answered with what to do', async (name, args, message) => {
    const result = await call(name, args);
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(message);
  });

  test.each(['"', "'; DROP TABLE memories; --", 'NEAR(', '*', 'text:x OR', '\0', '🎉', '(((', '^', '   '])(
    'the query %j is no error',
    async (query) => {
      expect((await call('search_memory', { query })).isError).not.toBe(true);
    },
  );
});

test('pages of a long list end where an answer gets too big, and cover everything', async () => {
  const client = await overHttp(ERAS[1]);
  const ids = new Set<string>();
  for (let n = 0; n < 12; n += 1) {
    const { structuredContent } = await client.callTool({
      name: 'save_memory',
      arguments: { text: `${n}`.padEnd(60_000, '.'), tags: ['big'] },
    });
    ids.add(String(Object(structuredContent).id));
  }
  let offset: unknown = 0;
  let pages = 0;
  while (offset !== null) {
    const result = await client.callTool({ name: 'list_memories', arguments: { tag: 'big', limit: 100, offset } });
    expect(JSON.stringify(result).length).toBeLessThan(1_000_000);
    for (const { id } of Object(result.structuredContent).memories) expect(ids.delete(id)).toBe(true);
    offset = Object(result.structuredContent).nextOffset;
    pages += 1;
  }
  expect(ids.size).toBe(0);
  expect(pages).toBeGreaterThan(1);
  await client.close();
});

test('clients of both eras and both transports work on the same memories at the same time', async () => {
  const clients = await Promise.all(ways.map(([, , connect]) => connect()));
  await Promise.all(
    clients.flatMap((client, index) =>
      Array.from({ length: 10 }, (_, n) =>
        client.callTool({ name: 'save_memory', arguments: { text: `together ${index} ${n}`, tags: ['together'] } }),
      ),
    ),
  );
  for (const client of clients) {
    const { structuredContent } = await client.callTool({
      name: 'list_memories',
      arguments: { tag: 'together', limit: 1 },
    });
    expect(structuredContent).toMatchObject({ total: 40, nextOffset: 1 });
    await client.close();
  }
});

test('the log never holds a memory', async () => {
  const client = await overHttp('legacy');
  await client.callTool({ name: 'save_memory', arguments: { text: 'topsecrettext', tags: ['topsecrettag'] } });
  await client.callTool({ name: 'search_memory', arguments: { query: 'topsecrettext' } });
  await client.callTool({ name: 'save_memory', arguments: { text: 'topsecrettext'.repeat(6_000) } });
  await client.close();
  expect(server.running.stderr() + server.running.stdout()).not.toContain('topsecret');
});
