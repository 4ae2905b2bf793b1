import { expect, it } from 'vitest';
import { offering, stage } from './stage.ts';

it('shows the servers of a profile, less the tools that are switched off there', async () => {
  await using on = await stage(
    {
      one: offering({ tools: ['a', 'b'] }, { profile: 'work' }),
      two: offering({ tools: ['c'] }, { profile: ['home', 'work'] }),
      three: offering({ tools: ['d'] }),
    },
    { settings: { profiles: { work: { tools: { disabled: ['one__b'] } } } } },
  );
  const names = async (endpoint: string) =>
    (await on.ask(endpoint, 'tools/list')).result.tools.map(({ name }: { name: string }) => name);
  expect(await names('/@work/mcp')).toEqual(['one__a', 'two__c']);
  expect(await names('/@home/mcp')).toEqual(['two__c']);
  expect(await names('/mcp')).toEqual(['one__a', 'one__b', 'two__c', 'three__d']);
  const off = await on.ask('/@work/mcp', 'tools/call', { name: 'one__b' });
  expect(off.error?.message).toContain('one__b is switched off in this profile');
  expect((await on.ask('/@work/mcp', 'tools/call', { name: 'three__d' })).error?.message).toBe(
    'Unknown tool: three__d',
  );
  const nobody = await fetch(on.url('/@nobody/mcp'), {
    method: 'POST',
    headers: { authorization: `Bearer ${on.token}` },
  });
  expect(nobody.status).toBe(404);
});

it('leaves names as they are where the profile says so, and refuses two of one name', async () => {
  const one = offering({ tools: ['a', 'x.y'], prompts: ['p'] }, { profile: 'plain' });
  await using on = await stage(
    {
      one,
      two: offering({ tools: ['b'] }, { profile: 'plain' }),
      three: offering({ tools: ['a'] }, { profile: 'plain' }),
    },
    { settings: { profiles: { plain: { names: 'plain' } } }, start: ['one', 'two'] },
  );
  const client = await on.modern('/@plain/mcp');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['a', 'x.y', 'b']);
  expect(JSON.stringify(await client.callTool({ name: 'x.y', arguments: {} }))).toContain('x.y');
  expect(JSON.stringify(await client.getPrompt({ name: 'p' }))).toContain('p of');
  await on.api.start(['three'], { waitMs: null });
  for (const [method, params] of [
    ['tools/list', {}],
    ['tools/call', { name: 'a' }],
  ] as const) {
    const { error } = await on.ask('/@plain/mcp', method, params);
    expect(error?.message).toContain('one and three both have a tool a');
    expect(error?.message).toContain('three__a');
  }
  expect((await on.ask('/@plain/mcp', 'tools/call', { name: 'b' })).error).toBeUndefined();
});
