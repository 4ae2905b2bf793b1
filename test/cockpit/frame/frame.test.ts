import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BINDINGS } from '../../../src/cockpit/bindings.ts';
import { layout } from '../../../src/cockpit/frame/layout.ts';
import { drawScreen } from '../../../src/cockpit/screen.ts';
import { homely } from '../../../src/cockpit/text/homely.ts';
import { lineWidth } from '../../../src/cockpit/text/line.ts';
import { EVERY_STATE, NOON, unit } from '../staged.ts';
import { StagedCockpit } from '../staged-world.ts';

const someSize = fc.record({ columns: fc.integer({ min: 1, max: 320 }), rows: fc.integer({ min: 1, max: 110 }) });
const someKey = fc.constantFrom(
  'j',
  'k',
  'G',
  'space',
  '*',
  '/',
  'a',
  'enter',
  'esc',
  '?',
  ':',
  'M',
  'C',
  'Q',
  '1',
  '2',
  'z',
  'w',
  'T',
  'v',
  'o',
  'tab',
);

describe('whatever is done at whatever size', () => {
  test('the screen is exactly as large as the terminal, and no row is wider', async () => {
    const nasty = unit('näme-漢字-👍', 'crashed', { cause: { what: 'c\u001B[31m\n漢字'.repeat(30) } });
    await fc.assert(
      fc.asyncProperty(someSize, fc.array(someKey, { maxLength: 12 }), fc.boolean(), async (size, keys, isEmpty) => {
        const cockpit = new StagedCockpit({ units: isEmpty ? [] : [...EVERY_STATE, nasty], ...size });
        await cockpit.write('mem0', ['short', '漢字 and 👍 '.repeat(40), '{"json": [1, 2]}']);
        cockpit.press(...keys);
        if (isEmpty) cockpit.do({ type: 'link-lost', reason: 'killed by somebody '.repeat(9), attempt: 3 });
        const { above, panes, below, overlay } = drawScreen(cockpit.state, cockpit.world);
        const height = panes.reduce((sum, pane) => sum + pane.height + (pane.rule === null ? 0 : 1), 0);
        if (panes.length > 0) expect(above.length + height + below.length).toBe(size.rows);
        for (const line of [...above, ...below, ...panes.flatMap(({ rule }) => (rule === null ? [] : [rule]))]) {
          expect(lineWidth(line)).toBeLessThanOrEqual(size.columns);
        }
        for (const { rows, width, height: most } of panes) {
          expect(rows.length).toBeLessThanOrEqual(most);
          for (const row of rows) expect(lineWidth(row)).toBeLessThanOrEqual(width);
        }
        if (overlay !== null) {
          expect(overlay.left + overlay.width).toBeLessThanOrEqual(size.columns);
          expect(overlay.top + overlay.rows.length).toBeLessThanOrEqual(size.rows);
          for (const row of overlay.rows) expect(lineWidth(row)).toBe(overlay.width);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the log has at least six rows from 80×24 up', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 80, max: 320 }),
        fc.integer({ min: 24, max: 110 }),
        fc.integer({ min: 0, max: 200 }),
        (columns, rows, count) => {
          const units = Array.from({ length: count }, (_, index) => unit(`s${index}`, 'ready'));
          const { panes } = layout(new StagedCockpit({ units, columns, rows }).state);
          expect(panes.find(({ view }) => view === 'logs')?.height).toBeGreaterThanOrEqual(6);
          expect(panes.find(({ view }) => view === 'servers')?.height).toBeGreaterThanOrEqual(4);
        },
      ),
    );
  });
});

describe('the header', () => {
  test('always counts, and names file and process where there is room', () => {
    const wide = new StagedCockpit({ columns: 240 }).rows()[0] ?? '';
    expect(wide).toMatch(/1 ready {2}1 crashed {2}1 blocked .* supervisor 41200 {2}~\/\.mcp-servers\.json $/);
    const narrow = new StagedCockpit({ columns: 44, rows: 10 }).rows()[0] ?? '';
    expect(narrow).toContain('1 ready');
    expect(narrow).toContain('6 in trouble');
  });

  test('writes the home folder short, and only that', () => {
    expect(homely('/home/dev/x.json', '/home/dev')).toBe('~/x.json');
    expect(homely('/home/developer/x.json', '/home/dev')).toBe('/home/developer/x.json');
  });
});

describe('the footer', () => {
  const footer = (cockpit: StagedCockpit): string => cockpit.rows().at(-1) ?? '';

  test('has the help however narrow it is, and at most eight keys of the pane', () => {
    for (let columns = 40; columns <= 300; columns += 1) {
      const text = footer(new StagedCockpit({ columns, rows: 24 }));
      expect(text).toContain('? help');
      expect(text.split('? help')[0]?.trim().split(/ {2,}/).length).toBeLessThanOrEqual(8);
    }
  });

  test('changes with the focused pane', () => {
    const cockpit = new StagedCockpit();
    expect(footer(cockpit)).toContain('r restart');
    cockpit.press('2');
    expect(footer(cockpit)).toContain('f follow');
    expect(footer(cockpit)).not.toContain('r restart');
  });
});

describe('lists', () => {
  test('help shows what works here first, filters while one types, and does it', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('2', '?');
    const rows = cockpit.text().split('\n');
    expect(rows.findIndex((row) => row.includes('Follow the end'))).toBeLessThan(
      rows.findIndex((row) => row.includes('Go to Servers')),
    );
    cockpit.press(...'wrap', 'enter');
    expect(cockpit.state.overlays).toEqual([]);
    expect(cockpit.state.logs.wrap).toBe(true);
  });

  test('a digit chooses the row of its number', () => {
    const cockpit = new StagedCockpit();
    cockpit.press(':', ...'sort', '1');
    expect(cockpit.state.servers.sort).toBe('name');
  });

  test('what is disabled stays, with the reason', () => {
    const cockpit = new StagedCockpit();
    cockpit.press(':', ...'take back');
    expect(cockpit.text()).toContain('nothing to take back');
    cockpit.press('enter');
    expect(cockpit.effects).toEqual([]);
    expect(cockpit.told).toContain('nothing to take back');
  });

  test('C copies what would be typed in a shell', () => {
    const cockpit = new StagedCockpit();
    cockpit.press('down', 'C');
    expect(cockpit.text()).toContain('mcp github restart');
    cockpit.press(...'github restart', 'enter');
    expect(cockpit.effects.at(-1)).toMatchObject({ type: 'copy', text: 'mcp github restart' });
    cockpit.press('*', 'C', ...'all start', 'enter');
    expect(cockpit.effects.at(-1)).toMatchObject({ type: 'copy', text: 'mcp all start' });
  });

  test('a list longer than the screen scrolls with its selection', () => {
    const cockpit = new StagedCockpit({ columns: 80, rows: 12 });
    cockpit.press('?', ...Array<string>(BINDINGS.length).fill('down'));
    expect(cockpit.text()).toContain('Copy the whole page');
  });
});

describe('messages', () => {
  test('the newest shows; an error comes back when it is gone, until it is dismissed', () => {
    const cockpit = new StagedCockpit();
    const tell = (level: 'info' | 'error', text: string) =>
      cockpit.do({ type: 'told', level, text, server: null, at: cockpit.now });
    tell('error', 'something broke');
    tell('info', 'something else went well');
    expect(cockpit.text()).toContain('something else went well (+1, M)');
    cockpit.do({ type: 'ticked', now: NOON + 6_000 });
    expect(cockpit.text()).toContain('something broke');
    cockpit.press('esc');
    expect(cockpit.text()).not.toContain('something broke');
  });

  test('M lists them, newest first, and copies one', () => {
    const cockpit = new StagedCockpit();
    for (const text of ['first', 'second']) cockpit.do({ type: 'told', level: 'info', text, server: null, at: NOON });
    cockpit.press('M');
    const text = cockpit.text();
    expect(text.lastIndexOf('second')).toBeLessThan(text.lastIndexOf('first'));
    cockpit.press('enter');
    expect(cockpit.effects.at(-1)).toMatchObject({ type: 'copy', text: 'second' });
  });

  test('a warning about the registry is told once', () => {
    const cockpit = new StagedCockpit();
    const snapshot = {
      supervisor: { pid: 1, version: '1', startedAt: 0, runtimeDir: '/', mode: 'detached', clients: 1 },
      registry: { path: '/r', problems: [], warnings: [{ what: '"comand" is no field of mem0' }] },
      units: EVERY_STATE,
      hub: null,
      banners: [],
    } as const;
    for (let round = 0; round < 3; round += 1) cockpit.do({ type: 'snapshot-taken', snapshot, at: NOON });
    expect(cockpit.state.messages.map(({ text }) => text)).toEqual(['"comand" is no field of mem0']);
  });
});
