import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import type { CockpitPort } from '../../src/cockpit/runtime/port.ts';
import { EVERY_STATE, StagedLogs, StagedSupervisor, stagedPort, unit } from '../cockpit/staged.ts';
import { ScreenModel } from '../helpers/screen.ts';

const open: ScreenModel[] = [];
afterEach(async () => {
  for (const screen of open.splice(0)) {
    screen.host.emit('SIGTERM');
    await screen.finished;
  }
});

function show(
  columns: number,
  rows: number,
  more: Partial<CockpitPort> = {},
  api = new StagedSupervisor(),
): ScreenModel {
  const logs = new StagedLogs();
  logs.write('mem0', ['listening on 8050', 'ERROR the disk is nearly full', 'a request was handled']);
  const screen = new ScreenModel(stagedPort(api, logs, more), columns, rows);
  open.push(screen);
  return screen;
}

const SIZES = [
  [40, 10],
  [80, 24],
  [120, 40],
  [200, 50],
  [300, 100],
] as const;

describe.each(SIZES)('at %i×%i', (columns, rows) => {
  test('fills the terminal exactly, on the alternate screen, with nothing scrolled away', async () => {
    const screen = show(columns, rows);
    await screen.until('mem0');
    const { active } = screen.terminal.buffer;
    expect(active.type).toBe('alternate');
    expect(active.baseY).toBe(0);
    expect(screen.rows()[0]).toMatch(/^ MCP/);
    expect(screen.rows()[rows - 1]).toContain('? help');
  });

  test('says how many servers are well and how many are not', async () => {
    const screen = show(columns, rows);
    await screen.until('mem0');
    expect(screen.rows()[0]).toMatch(/1 ready {2}(1 crashed|6 in trouble)/);
  });

  test('shows the selected server and its state, whatever else there is room for', async () => {
    const screen = show(columns, rows);
    await screen.until(/▸ ◉ mem0 +ready/);
    screen.type('jj');
    await screen.until(/▸ ↻ weather +backoff 3\/10/);
  });

  test('every list, page and question fits', async () => {
    const screen = show(columns, rows);
    await screen.until('mem0');
    for (const [key, words] of [
      ['?', 'Keys'],
      [':', 'Commands'],
      ['C', 'mcp mem0 stop'],
      ['M', 'Messages'],
      ['Q', 'and quit?'],
      ['\r', 'wanted: running'],
    ] as const) {
      screen.type(key);
      await screen.until(words);
      expect(screen.terminal.buffer.active.baseY).toBe(0);
      screen.type('\u001B');
      await screen.until((model) => !model.text().includes(words));
    }
  });
});

describe('two panes', () => {
  test.each(SIZES.slice(1))('at %i×%i: at least six rows of log below the servers', async (columns, rows) => {
    const screen = show(columns, rows);
    await screen.until('a request was handled');
    expect(rows - 2 - screen.rowOf('2 Logs: mem0') - 1).toBeGreaterThanOrEqual(6);
  });

  test('the focused one is framed heavily and its title is bold, not only coloured', async () => {
    const screen = show(80, 24);
    await screen.until('mem0');
    expect(screen.rows()[1]).toMatch(/^┏━ 1 Servers ━+/);
    expect(screen.cellOf('1 Servers').bold).toBe(true);
    expect(screen.cellOf('2 Logs').bold).toBe(false);
    screen.type('\t');
    await screen.until(/┌─ 1 Servers ─/);
    expect(screen.cellOf('2 Logs').bold).toBe(true);
    expect(screen.cellOf('1 Servers').bold).toBe(false);
    expect(screen.text()).toMatch(/┢━ 2 Logs: mem0 ━/);
  });

  test('below 60×15 one at a time; Tab and digits switch', async () => {
    const screen = show(40, 10);
    await screen.until('1 Servers');
    expect(screen.text()).not.toContain('2 Logs');
    screen.type('2');
    await screen.until('2 Logs: mem0');
    expect(screen.text()).not.toContain('1 Servers');
    screen.type('\t');
    await screen.until('1 Servers');
  });
});

test('too small is one line, which goes away with the next resize', async () => {
  const screen = show(39, 7);
  await screen.until('The cockpit needs 40x8; this is 39x7');
  screen.resize(80, 24);
  await screen.until('mem0');
  expect(screen.text()).not.toContain('needs 40x8');
});

describe('colours', () => {
  test('a state has its colour among the sixteen', async () => {
    const screen = show(120, 40);
    await screen.until('mem0');
    screen.type('G');
    await screen.until(/▸ \? shared/);
    const colours = Object.fromEntries([
      ['◉ mem0', 2],
      ['✘ docs', 1],
      ['↻ weather', 3],
      ['☾ filesystem', 4],
      ['◔ playwright', 6],
    ] as const);
    for (const [text, colour] of Object.entries(colours))
      expect([text, screen.cellOf(text).colour]).toEqual([text, colour]);
    const row = screen.rowOf('▸ ? shared');
    expect(screen.cell(row, 30).background).toBe(6);
  });

  test.each([
    ['NO_COLOR', { env: { HOME: '/', LANG: 'C.UTF-8', TERM: 'xterm', NO_COLOR: '1' } }],
    ['--no-color', { colour: false }],
  ])('%s: none at all, and nothing is lost', async (_name, more) => {
    const screen = show(120, 40, more);
    await screen.until(/◉ mem0 +ready/);
    for (let row = 0; row < 40; row += 1) {
      for (let column = 0; column < 120; column += 1) {
        const { colour, background } = screen.cell(row, column);
        expect([colour, background]).toEqual([null, null]);
      }
    }
    expect(screen.cell(screen.rowOf('mem0'), 10).inverse).toBe(true);
  });

  test("a server's own colours are kept in its log, and end with it", async () => {
    const logs = new StagedLogs();
    logs.write('mem0', [
      { text: '\u001B[35mpurple\u001B[m plain', plain: 'purple plain' },
      { text: '\u001B[31mopen', plain: 'open' },
    ]);
    const screen = new ScreenModel(stagedPort(new StagedSupervisor(), logs), 80, 24);
    open.push(screen);
    await screen.until('purple plain');
    expect(screen.cellOf('purple').colour).toBe(5);
    expect(screen.cellOf('plain').colour).toBe(null);
    expect(screen.cellOf('open').colour).toBe(1);
    expect(screen.cell(screen.rowOf('open'), 79).colour).not.toBe(1);
  });
});

test('what is searched is marked, on the line of the cursor as well', async () => {
  const screen = show(80, 24);
  await screen.until('a request was handled');
  screen.type('2/request\r');
  await screen.until('/request 1 match');
  expect(screen.cellOf('request was').background).toBe(3);
  screen.type('P');
  await screen.until('▸  a request');
  expect(screen.cellOf('request was').background).toBe(5);
  expect(screen.cellOf('was handled').background).toBe(6);
});

test('a locale without UTF-8 gets ASCII and nothing else', async () => {
  const screen = show(120, 40, { env: { HOME: '/', LANG: 'C', TERM: 'xterm' } });
  await screen.until('mem0');
  screen.type('?');
  await screen.until('Keys');
  expect(screen.text()).toMatch(/^[ -~\n]*$/);
});

describe('resizing', () => {
  test('leaves nothing behind, whatever the sizes in between', async () => {
    const size = fc.tuple(fc.integer({ min: 20, max: 220 }), fc.integer({ min: 4, max: 60 }));
    const fresh = show(100, 30);
    await fresh.until('a request was handled');
    await fc.assert(
      fc.asyncProperty(fc.array(size, { minLength: 1, maxLength: 6 }), async (sizes) => {
        const screen = show(80, 24);
        await screen.until('a request was handled');
        for (const [columns, rows] of sizes) screen.resize(columns, rows);
        screen.resize(100, 30);
        await screen.until((model) => model.text() === fresh.text());
        expect(screen.terminal.buffer.active.baseY).toBe(0);
        await screen.leave();
        open.pop();
      }),
      { numRuns: 12 },
    );
  });

  test('keeps focus, selection and what is typed', async () => {
    const screen = show(80, 24);
    await screen.until('mem0');
    screen.type('jj/we');
    await screen.until('filter /we');
    screen.resize(120, 40);
    await screen.until((model) => model.rows()[39]?.includes('filter /we') ?? false);
    expect(screen.text()).toMatch(/▸ ↻ weather/);
  });
});

describe('what the supervisor says', () => {
  test('a broken registry and a full disk are banners', async () => {
    const api = new StagedSupervisor();
    api.registry = { path: '/r.json', problems: [{ what: 'line 12, column 3: "comand" is no field' }], warnings: [] };
    api.banners = [{ what: 'the disk is full' }];
    const screen = show(80, 24, {}, api);
    await screen.until('the disk is full');
    await screen.until('line 12, column 3');
    expect(screen.cellOf('the disk is full').background).toBe(1);
  });

  test('a change of state shows by itself', async () => {
    const api = new StagedSupervisor();
    const screen = show(120, 40, {}, api);
    await screen.until(/mem0 +ready/);
    api.change('mem0', { state: 'crashed', cause: { what: 'killed by SIGKILL from outside' } });
    await screen.until('└ killed by SIGKILL from outside');
  });

  test('its messages show, and stay in the history', async () => {
    const api = new StagedSupervisor();
    const screen = show(80, 24, {}, api);
    await screen.until('mem0');
    api.emit({ type: 'message', at: Date.now(), level: 'warn', server: 'mem0', text: 'its log was rotated' });
    await screen.until('! mem0: its log was rotated');
    screen.type('M');
    await screen.until(/1 \d\d:\d\d:\d\d +mem0: its log was rotated/);
  });

  test('a supervisor that ends is looked for again, and the screen stays', async () => {
    const first = new StagedSupervisor();
    const second = new StagedSupervisor([...EVERY_STATE.slice(0, 2), unit('newcomer', 'ready')]);
    const screen = show(120, 40, { reconnect: async () => second }, first);
    await screen.until('mem0');
    first.emit({ type: 'closed', reason: 'it was killed' });
    await screen.until('supervisor gone (it was killed): reconnecting');
    expect(screen.text()).toMatch(/mem0 +ready/);
    await screen.until('newcomer');
    expect(screen.text()).not.toContain('supervisor gone');
  });

  test('without one at the start the screen is there at once, and fills when it comes', async () => {
    let arrive: (api: StagedSupervisor) => void = () => {};
    const later = new Promise<StagedSupervisor>((resolve) => {
      arrive = resolve;
    });
    const { api: _, ...port } = stagedPort(new StagedSupervisor(), new StagedLogs(), { reconnect: () => later });
    const screen = new ScreenModel(port, 80, 24);
    open.push(screen);
    await screen.until('connecting');
    arrive(new StagedSupervisor());
    await screen.until('mem0');
  });
});

test('a page shows everything of a server and scrolls to its end', async () => {
  const screen = show(80, 24);
  await screen.until('mem0');
  screen.type('\r');
  await screen.until('"API_KEY": "********"');
  screen.type('G');
  await screen.until('event 39');
  screen.type('gS');
  await screen.until('mem0 stopped');
});
