import { expect, it } from 'vitest';
import { LONGEST_NAME } from '../../../src/hub/gateway/exposed-names.ts';
import { freePort } from '../../helpers/free-port.ts';
import { root } from '../../helpers/root.ts';
import { everything, filesystem, offering, offeringHttp, stage } from './stage.ts';

it('shows the tools of all servers as one, under names that every client takes, and calls the right one', async () => {
  const long = 'a'.repeat(200);
  await using on = await stage(
    {
      everything: everything(),
      fs: filesystem(`${root}/test/fixtures`),
      'my.odd': offering({ tools: ['x.y', 'x/y', 'x_y', long, 'plain'] }),
      stopped: offering({ tools: ['never'] }),
    },
    { start: ['everything', 'fs', 'my.odd'] },
  );
  const client = await on.modern('/mcp');
  const { tools } = await client.listTools();
  const names = tools.map(({ name }) => name);
  expect(names).toContain('everything__echo');
  expect(names).toContain('fs__read_text_file');
  expect(names).toContain('my_odd__plain');
  expect(names.join()).not.toContain('never');
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]+$/);
  expect(Math.max(...names.map((name) => `mcp__cockpit__${name}`.length))).toBe(128);
  expect(LONGEST_NAME).toBe(114);
  // Registry order, then the server's own.
  const servers = names.map((name) => name.slice(0, name.indexOf('__')));
  expect([...new Set(servers)]).toEqual(['everything', 'fs', 'my_odd']);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(names);

  const odd = names.filter((name) => name.startsWith('my_odd__'));
  const called = await Promise.all(odd.map(async (name) => toolOf(await client.callTool({ name, arguments: {} }))));
  expect(called).toEqual(['x.y', 'x/y', 'x_y', long, 'plain']);
  const echoed = await client.callTool({ name: 'everything__echo', arguments: { message: 'hello' } });
  expect(JSON.stringify(echoed.content)).toContain('hello');
});

it('passes definitions on as they are but for the name', async () => {
  const tool = {
    name: 'odd',
    title: 'Odd',
    inputSchema: { type: 'object', properties: { a: { type: 'string', 'x-extra': 1 } } },
    unknown: { member: [1] },
    annotations: { readOnlyHint: true, 'x-more': 2 },
    _meta: { 'anthropic/searchHint': 'oddity' },
  };
  await using on = await stage({ one: offering({ tools: [tool] }) });
  const { result } = await on.ask('/mcp', 'tools/list');
  expect(result.tools).toEqual([{ ...tool, name: 'one__odd' }]);
});

it('follows the pages of its servers and answers whole lists with caching hints', async () => {
  const many = Array.from({ length: 25 }, (_, index) => `t${index}`);
  await using on = await stage({
    paged: offering({ tools: many, page: 4 }),
    held: offeringHttp(await freePort(), { era: 'modern', tools: ['kept'], ttlMs: 60_000, cacheScope: 'public' }),
  });
  const { result } = await on.ask('/mcp', 'tools/list');
  expect(result.tools.map(({ name }: { name: string }) => name)).toEqual([
    ...many.map((name) => `paged__${name}`),
    'held__kept',
  ]);
  expect(result).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
  expect(result.nextCursor).toBeUndefined();
  await on.api.stop(['paged']);
  // What was only remembered of a server has no hints; a call opens the connection to it.
  await on.ask('/mcp', 'tools/call', { name: 'held__kept', arguments: {} });
  const { result: alone } = await on.ask('/mcp', 'tools/list');
  expect(alone).toMatchObject({ ttlMs: 60_000, cacheScope: 'public' });
});

it('gets prompts, completions and resources from whoever has them', async () => {
  await using on = await stage({
    one: offering({ prompts: ['hi'], resources: ['doc://a', 'doc://both'], instructions: 'first' }),
    two: offering({ prompts: ['hi'], resources: ['doc://both'], templates: ['log://{day}'], instructions: 'second' }),
  });
  const client = await on.legacy('/mcp');
  const { prompts } = await client.listPrompts();
  expect(prompts.map(({ name }) => name)).toEqual(['one__hi', 'two__hi']);
  const [mine, theirs] = await Promise.all(prompts.map(({ name }) => client.getPrompt({ name })));
  expect(JSON.stringify(mine)).toContain('hi of ');
  expect(JSON.stringify(theirs)).not.toBe(JSON.stringify(mine));
  const completed = await client.complete({
    ref: { type: 'ref/prompt', name: 'two__hi' },
    argument: { name: 'a', value: '' },
  });
  expect(completed.completion.values).toEqual(['hi']);

  const { resources } = await client.listResources();
  expect(resources.map(({ uri }) => uri)).toEqual(['doc://a', 'doc://both', 'mcp-cockpit://two/doc://both']);
  const texts = await Promise.all(resources.map(async ({ uri }) => (await client.readResource({ uri })).contents[0]));
  expect(texts).toMatchObject([
    { uri: 'doc://a', text: 'doc://a of first' },
    { uri: 'doc://both', text: 'doc://both of first' },
    { uri: 'mcp-cockpit://two/doc://both', text: 'doc://both of second' },
  ]);
  const { contents } = await client.readResource({ uri: 'log://monday' });
  expect(contents).toMatchObject([{ text: 'log://monday of second' }]);
  await expect(client.readResource({ uri: 'nothing://here' })).rejects.toThrow(/nothing:\/\/here/);
});

it('introduces its servers in at most two kilobytes, with what ails them', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `server-${index}`,
      offering({}, { description: `Good for things of the kind number ${index}, `.repeat(10) }),
    ]),
  );
  await using on = await stage(
    {
      weather: offering({ instructions: 'Tells the weather of any town.' }, { description: 'Weather forecasts' }),
      broken: { transport: 'stdio', command: 'exit 3', restart: { policy: 'never' } },
      ...many,
    },
    { start: ['weather', 'broken'] },
  );
  await on.until('broken', 'crashed');
  const { result } = await on.ask('/mcp', 'server/discover');
  expect(result.instructions).toContain('- weather: Weather forecasts');
  expect(result.instructions).toMatch(/- broken.*crashed/);
  expect(result.instructions).not.toContain('server-0');
  await on.api.start(Object.keys(many).slice(0, 12), { waitMs: null });
  const client = await on.legacy('/mcp');
  const instructions = client.getInstructions() ?? '';
  expect(Buffer.byteLength(instructions)).toBeLessThanOrEqual(2048);
  for (let index = 0; index < 12; index += 1) expect(instructions).toContain(`- server-${index}: Good for`);
});

it('says which tool is unknown, and which server is stopped', async () => {
  await using on = await stage(
    { one: offering({ tools: ['a'] }), two: offering({ tools: ['b'] }) },
    { start: ['one'] },
  );
  expect((await on.ask('/mcp', 'tools/call', { name: 'one__zzz' })).error).toMatchObject({
    code: -32602,
    message: 'Unknown tool: one__zzz',
  });
  expect((await on.ask('/mcp', 'tools/call', { name: 'two__b' })).error?.message).toBe(
    'two is stopped → mcp two start',
  );
});

it('never shows the token of a client to a server', async () => {
  await using on = await stage({
    old: offeringHttp(await freePort(), { tools: ['look'] }),
    new: offeringHttp(await freePort(), { era: 'modern', tools: ['look'] }),
  });
  for (const client of [await on.modern('/mcp'), await on.legacy('/mcp')]) {
    for (const name of ['old__look', 'new__look']) {
      const seen = JSON.stringify(await client.callTool({ name, arguments: {} }));
      expect(seen).toContain('content-type');
      expect(seen).not.toContain(on.token);
      expect(seen.toLowerCase()).not.toContain('authorization');
    }
  }
});

function toolOf({ content }: { content?: unknown }): string {
  const [first] = content as { text: string }[];
  return JSON.parse(first?.text ?? '').tool;
}
