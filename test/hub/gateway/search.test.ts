import { expect, it } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';
import { root } from '../../helpers/root.ts';
import { everything, filesystem, offeringHttp, stage } from './stage.ts';

it('shows three tools that find, describe and call all others', async () => {
  await using on = await stage({ everything: everything(), fs: filesystem(`${root}/test/fixtures`) });
  const client = await on.modern('/mcp?tools=search');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['find_tools', 'describe_tool', 'call_tool']);
  for (const tool of tools) {
    expect(tool._meta?.['anthropic/alwaysLoad']).toBe(true);
    expect(tool.annotations).toBeDefined();
  }
  expect(client.getInstructions()).toContain('find_tools');
  expect(client.getInstructions()).toContain('- fs');
  const call = async (name: string, args: Record<string, unknown>) => {
    const { content, isError } = await client.callTool({ name, arguments: args });
    const [first] = content as { text: string }[];
    return { text: first?.text ?? '', isError: isError === true };
  };
  const found = await call('find_tools', { query: 'list the files of a directory', limit: 3 });
  expect(found.text.split('\n')).toHaveLength(3);
  expect(found.text).toContain('fs__list_directory: ');
  const described = await call('describe_tool', { name: 'fs__list_directory' });
  expect(JSON.parse(described.text)).toMatchObject({ name: 'fs__list_directory', inputSchema: { required: ['path'] } });
  const listed = await call('call_tool', { name: 'fs__list_directory', arguments: { path: `${root}/test/fixtures` } });
  expect(listed.text).toContain('offering-mcp.mjs');
  expect(await call('call_tool', { name: 'fs__list_directry' })).toEqual({
    isError: true,
    text: 'there is no tool fs__list_directry: did you mean fs__list_directory?',
  });
  expect((await call('call_tool', { name: 'fs__read_text_file', arguments: { path: '/nowhere' } })).isError).toBe(true);
  expect((await call('find_tools', { query: 'zzzzqq' })).text).toMatch(/none of \d+ tools matches/);
  expect((await call('find_tools', {})).isError).toBe(true);
});

it('relays progress and questions of what call_tool calls', async () => {
  await using on = await stage({
    everything: everything(),
    new: offeringHttp(await freePort(), { era: 'modern', tools: ['ask'] }),
  });
  const client = await on.modern('/mcp?tools=search', { elicitation: { form: {} } });
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: { name: 'Ada' } }));
  const steps: number[] = [];
  const long = { name: 'everything__trigger-long-running-operation', arguments: { duration: 0.3, steps: 3 } };
  await client.callTool(
    { name: 'call_tool', arguments: long },
    { onprogress: ({ progress }) => void steps.push(progress) },
  );
  expect(steps).toEqual([1, 2, 3]);
  const asking = { name: 'everything__trigger-elicitation-request', arguments: {} };
  expect(JSON.stringify(await client.callTool({ name: 'call_tool', arguments: asking }))).toContain('Ada');
  const modern = await client.callTool({ name: 'call_tool', arguments: { name: 'new__ask', arguments: {} } });
  expect(JSON.stringify(modern)).toContain('mine.1');
  const { entries } = await on.api.traffic({ after: 0, limit: 100, server: 'new' });
  expect(entries).toMatchObject([{ method: 'tools/call', subject: 'call_tool' }, { method: 'tools/call' }]);
});

it('serves the search to clients with sessions as well', async () => {
  await using on = await stage({ everything: everything() });
  const client = await on.legacy('/mcp?tools=search');
  expect((await client.listTools()).tools).toHaveLength(3);
  const args = { name: 'everything__echo', arguments: { message: 'still here' } };
  expect(JSON.stringify(await client.callTool({ name: 'call_tool', arguments: args }))).toContain('still here');
});
