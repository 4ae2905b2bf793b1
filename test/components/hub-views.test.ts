import { readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { CockpitPort } from '../../src/cockpit/runtime/port.ts';
import { StagedLogs, StagedSupervisor, stagedPort, unit } from '../cockpit/staged.ts';
import { EVERY_OUTCOME, EVERY_TOOL, request, TWO_CLIENTS, tool } from '../cockpit/staged-hub.ts';
import { ScreenModel } from '../helpers/screen.ts';

const open: ScreenModel[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const screen of open.splice(0)) {
    screen.host.emit('SIGTERM');
    await screen.finished;
  }
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

function stagedHub(): StagedSupervisor {
  const api = new StagedSupervisor([
    unit('weather', 'ready', { traffic: { clients: 2, callsPerMinute: 12, p95Ms: 18 } }),
  ]);
  api.hub = { url: 'http://127.0.0.1:8049', clients: 2, callsLastHour: 1_234, problems: [] };
  api.tap.pass(...EVERY_OUTCOME);
  api.serverTools = EVERY_TOOL;
  api.clientsView = TWO_CLIENTS;
  return api;
}

function show(columns: number, rows: number, api = stagedHub(), more: Partial<CockpitPort> = {}): ScreenModel {
  const screen = new ScreenModel(stagedPort(api, new StagedLogs(), more), columns, rows);
  open.push(screen);
  return screen;
}

const SIZES = [
  [40, 10],
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  test('traffic, a request, the tools, a form, an answer and the clients fill the screen and no more', async () => {
    const screen = show(columns, rows);
    await screen.until('weather');
    for (const [keys, words] of [
      ['5', 'pending'],
      ['\r', 'outcome'],
      ['\u001B', 'pending'],
      ['6', '▸  forecast'],
      ['\r', '▸ city'],
      ['Oslo', 'Oslo'],
      ['\u0013', 'answered after'],
      ['\u001B', '▸ city'],
      ['\u001B', '▸  forecast'],
      ['7', 'claude-code'],
      ['\r', 'speaks'],
    ] as const) {
      screen.type(keys);
      await screen.until(words);
      expect(screen.terminal.buffer.active.baseY).toBe(0);
      expect(screen.rows()[0]).toMatch(/^ MCP/);
      expect(screen.rows().at(-1)?.trim()).not.toBe('');
    }
  });
});

test('what became of a request has its colour; the selected row has one for all of it', async () => {
  const screen = show(120, 40);
  screen.type('5');
  await screen.until('pending');
  expect(screen.cellOf('✓ ok').colour).toBe(2);
  expect(screen.cellOf('✘ error').colour).toBe(1);
  expect(screen.cellOf('⌀ tool error').colour).toBe(3);
  expect(screen.cellOf('radar').background).toBe(6);
});

test('requests come in by themselves, and answers change their rows', async () => {
  const api = stagedHub();
  const screen = show(120, 40, api);
  screen.type('5');
  await screen.until('pending');
  api.tap.pass(request(9, { subject: 'radar', latencyMs: 77 }), request(10, { subject: 'tides' }));
  await screen.until(/radar +1\.0K +77ms +✓ ok/);
  await screen.until('tides');
});

test('while the view is not shown nothing is asked', async () => {
  const api = stagedHub();
  const screen = show(120, 40, api);
  await screen.until('weather');
  expect(api.tap.queries).toEqual([]);
  screen.type('5');
  await screen.until('pending');
  screen.type('1');
  await screen.until(/┏━ 1 Servers/);
  const asked = api.tap.queries.length;
  // The supervisor says something: whoever still asked would have done so by the time this is on the screen.
  for (let turn = 0; turn < 8; turn += 1) {
    api.change('weather', { cause: { what: `turn ${turn}` } });
    await screen.until(`turn ${turn}`);
  }
  expect(api.tap.queries.length).toBeLessThanOrEqual(asked + 1);
});

test('a recorded call is repeated from its page: the form is filled in, and the call is made', async () => {
  const api = stagedHub();
  const screen = show(120, 40, api);
  screen.type('5');
  await screen.until('pending');
  screen.type('gjj\r');
  await screen.until('"city": "Oslo"');
  screen.type('r');
  await screen.until(/city\* +\[Oslo/);
  screen.type('\u0013');
  await screen.until('answered after 3.0ms');
  expect(api.asked).toContain('call weather forecast {"city":"Oslo","days":3}');
});

test('marked calls become a suite file, whose path is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-suite-'));
  folders.push(folder);
  const screen = show(200, 40, stagedHub(), { saveFolder: folder });
  screen.type('5');
  await screen.until('pending');
  screen.type('gjj jW');
  await screen.until(`wrote 1 case to ${folder}/mcp-suite-weather-`);
  screen.type('W');
  await screen.until(() => readdirSync(folder).length === 2);
  const files = await readdir(folder);
  const suite = JSON.parse(await readFile(join(folder, files[0] ?? ''), 'utf8'));
  expect(suite).toMatchObject({
    server_name: 'weather',
    tests: [{ tool: 'forecast', args: { city: 'Oslo', days: 3 }, expected: { contains: 'Rain until noon' } }],
  });
});

test('accepted definitions are asked for again', async () => {
  const api = stagedHub();
  const screen = show(120, 40, api);
  screen.type('6');
  await screen.until('1 changed: A accepts');
  api.serverTools = EVERY_TOOL.map((one) => ({
    ...one,
    tools: one.tools.map((each) => ({ ...each, changed: false, disabled: null })),
  }));
  screen.type('A');
  await screen.until('Accept what changed at weather?');
  screen.type('y');
  await screen.until((model) => !model.text().includes('changed: A accepts'));
  expect(api.asked).toContain('accept weather');
});

test('a supervisor that cannot say why, says so in the view', async () => {
  const api = stagedHub();
  api.clients = async () => {
    throw new Error('no such method');
  };
  const screen = show(120, 40, api);
  screen.type('7');
  await screen.until('the supervisor does not say (clients)');
  await screen.until('no such method');
});

test('the hub stands in the header and in the table, and its troubles are banners', async () => {
  const api = stagedHub();
  api.hub = {
    url: 'http://127.0.0.1:8049',
    clients: 2,
    callsLastHour: 1_234,
    problems: [{ what: 'port 8055 is taken', holder: 'pid 9' }],
  };
  const screen = show(120, 40, api);
  await screen.until(/hub :8049 {2}2 clients {2}1\.2k calls\/h/);
  expect(screen.text()).toMatch(/CLIENTS +CALLS\/M +P95/);
  expect(screen.text()).toMatch(/weather +ready .* 2 +12 +18ms/);
  expect(screen.cellOf('port 8055 is taken').background).toBe(1);
  api.hub = { url: 'http://127.0.0.1:8049', clients: 3, callsLastHour: 1_300, problems: [] };
  api.change('weather', { state: 'degraded' });
  await screen.until(/hub :8049 {2}3 clients {2}1\.3k calls\/h/);
  expect(screen.text()).not.toContain('port 8055');
});

test('for a screen reader rows, forms and answers are read out', async () => {
  const screen = show(160, 120, stagedHub(), { screenReader: true });
  await screen.until('? lists the keys');
  screen.type('6');
  await screen.until('weather forecast read-only');
  screen.type('\r');
  await screen.until('Form of forecast of weather');
  await screen.until('city: empty, needed, text, Name of the place');
  screen.type('Oslo\u0013');
  await screen.until('forecast answered after 3.0ms');
});

test('ten thousand requests and five thousand tools: a key draws as few bytes as ever', async () => {
  const api = stagedHub();
  const tools = Array.from({ length: 5_000 }, (_, index) => tool(`tool_${index}`, { description: 'does something' }));
  api.serverTools = [{ server: 'big', state: 'ready', takenAt: 0, tools }];
  for (let seq = 10; seq <= 10_000; seq += 1) api.tap.pass(request(seq));
  const screen = show(120, 40, api);
  screen.type('5');
  await screen.until('FOLLOW');
  await screen.until('p50 18ms');
  screen.type('6');
  await screen.until('▸  tool_0');
  const before = screen.sink.bytes;
  screen.type('j');
  await screen.until('▸  tool_1');
  expect(screen.sink.bytes - before).toBeLessThan(2_000);
});
