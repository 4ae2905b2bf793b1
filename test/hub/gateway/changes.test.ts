import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { expect, it } from 'vitest';
import { freePort } from '../../helpers/free-port.ts';
import { temporaryHome } from '../../helpers/home.ts';
import { tinyHttp } from '../../helpers/tiny.ts';
import { waitFor } from '../../helpers/wait.ts';
import { offering, offeringHttp, stage } from './stage.ts';

it('says that lists changed when servers are added, started, stopped or changed by themselves', async () => {
  const one = offering({ tools: ['a', 'change'] });
  const two = offering({ tools: ['b'] });
  await using on = await stage({ one, two }, { start: ['one'] });
  const modern = await on.modern('/mcp');
  const legacy = await on.legacy('/mcp');
  const heard = { modern: 0, legacy: 0 };
  modern.setNotificationHandler('notifications/tools/list_changed', () => {
    heard.modern += 1;
  });
  await modern.listen({ toolsListChanged: true });
  const { ToolListChangedNotificationSchema } = await import('@modelcontextprotocol/sdk/types.js');
  legacy.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    heard.legacy += 1;
  });
  const names = async () => (await modern.listTools(undefined, { cacheMode: 'refresh' })).tools.map(({ name }) => name);
  const next = async (what: string, doing: () => Promise<unknown>) => {
    const before = { ...heard };
    await doing();
    await waitFor(`news after ${what}`, () => heard.modern > before.modern && heard.legacy > before.legacy);
  };
  expect(await names()).toEqual(['one__a', 'one__change']);
  await next('a start', () => on.api.start(['two'], { waitMs: null }));
  await waitFor('its tools', async () => (await names()).includes('two__b'));
  await next('a stop', () => on.api.stop(['two']));
  expect(await names()).toEqual(['one__a', 'one__change']);
  await next('a new entry', async () => {
    await on.home.writeRegistry({ one, two, three: offering({ tools: ['c'] }, { autostart: true }) });
  });
  await waitFor('its tools', async () => (await names()).includes('three__c'));
  await next('a change of its own', () => modern.callTool({ name: 'one__change', arguments: {} }));
  await waitFor('the late one', async () => (await names()).includes('one__late'));
});

it('answers for a server that hangs from what it knows, and without one that it does not know', async () => {
  await using files = await temporaryHome();
  const hangWhile = path.join(files.dir, 'hang');
  const waitForFile = path.join(files.dir, 'go');
  const well = offering({ tools: ['ok'] });
  const hung = offeringHttp(await freePort(), { tools: ['known'], hangWhile }, { health: { interval: '10m' } });
  const unborn = tinyHttp(await freePort(), [`wait-for=${waitForFile}`, 'tools=1']);
  await using on = await stage({ well, hung, unborn }, { start: ['well', 'hung'] });
  await on.api.start(['unborn'], { waitMs: 0 });
  const client = await on.modern('/mcp');
  let told = 0;
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    told += 1;
  });
  await client.listen({ toolsListChanged: true });
  // The connection to it opens with the first call.
  await client.callTool({ name: 'hung__known', arguments: {} });
  await writeFile(hangWhile, '');
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(['well__ok', 'hung__known']);
  const { result } = await on.ask('/mcp', 'server/discover');
  expect(result.instructions).toMatch(/- unborn \[starting.*no tools yet\]/);
  const before = told;
  await rm(hangWhile);
  await writeFile(waitForFile, '');
  await waitFor('news', () => told > before);
  await waitFor('the late server', async () => (await fresh(client)).includes('unborn__tool_0'));
});

it('tells of resources that changed, by the URI the client watches', async () => {
  await using on = await stage({
    one: offering({ tools: ['touch'], resources: ['doc://a'] }),
    two: offering({ tools: ['touch'], resources: ['doc://a', 'doc://b'] }),
  });
  const client = await on.modern('/mcp');
  const told: string[] = [];
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void told.push(params.uri));
  await client.listen({ resourceSubscriptions: ['mcp-cockpit://two/doc://a', 'doc://b'] });
  const touch = (name: string, uri: string) => client.callTool({ name, arguments: { uri } });
  await touch('one__touch', 'doc://a');
  await touch('two__touch', 'doc://a');
  await touch('two__touch', 'doc://b');
  await waitFor('news', () => told.length >= 2);
  expect(told).toEqual(['mcp-cockpit://two/doc://a', 'doc://b']);
});

async function fresh(client: Client): Promise<string[]> {
  return (await client.listTools(undefined, { cacheMode: 'refresh' })).tools.map(({ name }) => name);
}

it('holds back a tool whose definition changed, and says so when it is accepted', async () => {
  const old = { name: 'a', description: 'harmless', inputSchema: { type: 'object' } };
  await using on = await stage({ one: offering({ tools: [old, 'b'] }) }, { settings: { strictDrift: true } });
  const client = await on.modern('/mcp');
  expect(await fresh(client)).toEqual(['one__a', 'one__b']);
  await on.home.writeRegistry({ one: offering({ tools: [{ ...old, description: 'sends your files away' }, 'b'] }) });
  await waitFor('the change to be seen', async () => (await on.api.snapshot()).units[0]?.entryChanged);
  await on.api.restart(['one'], { waitMs: null });
  await waitFor('the changed tool to go', async () => (await fresh(client)).join() === 'one__b');
  const held = await on.ask('/mcp', 'tools/call', { name: 'one__a', arguments: {} });
  expect(held.error?.message).toContain('waits to be accepted');
  let told = 0;
  client.setNotificationHandler('notifications/tools/list_changed', () => {
    told += 1;
  });
  await client.listen({ toolsListChanged: true });
  await on.api.acceptTools('one');
  await waitFor('news', () => told > 0);
  expect(await fresh(client)).toEqual(['one__a', 'one__b']);
});
