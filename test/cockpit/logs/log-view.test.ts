import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LOG_LIMITS } from '../../../src/cockpit/logs/log-book.ts';
import { streamState } from '../../../src/cockpit/views/logs/stream.ts';
import { unit } from '../staged.ts';
import { StagedCockpit } from '../staged-world.ts';

const numbered = (from: number, to: number, text = 'line'): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `${text} ${from + index}`);

async function withLog(
  lines: number,
  more: ConstructorParameters<typeof StagedCockpit>[0] = {},
): Promise<StagedCockpit> {
  const cockpit = new StagedCockpit({ units: [unit('a', 'ready'), unit('b', 'ready')], ...more });
  await cockpit.write('a', numbered(1, lines));
  cockpit.press('2');
  return cockpit;
}
const title = (cockpit: StagedCockpit): string => cockpit.rows().find((row) => row.includes('2 Logs')) ?? '';

describe('following and pausing', () => {
  test('follows the end', async () => {
    const cockpit = await withLog(100);
    expect(cockpit.log().at(-1)).toContain('line 100');
    await cockpit.write('a', ['line 101']);
    expect(cockpit.log().at(-1)).toContain('line 101');
    expect(title(cockpit)).toContain('FOLLOW');
  });

  test.each(['up', 'k', 'pageup', 'ctrl-u', 'g', 'home'])('%s pauses, and says so', async (key) => {
    const cockpit = await withLog(100);
    cockpit.press(key);
    await cockpit.write('a', numbered(101, 110));
    expect(title(cockpit)).toContain('PAUSED');
    expect(title(cockpit)).toContain('+10 new');
    expect(cockpit.log().join()).not.toContain('line 110');
  });

  test.each(['f', 'G', 'end'])('%s follows again', async (key) => {
    const cockpit = await withLog(100);
    cockpit.press('pageup');
    await cockpit.write('a', ['line 101']);
    cockpit.press(key);
    expect(title(cockpit)).toContain('FOLLOW');
    expect(cockpit.log().at(-1)).toContain('line 101');
  });

  test('down to the last line does not follow by itself', async () => {
    const cockpit = await withLog(100);
    cockpit.press('up', 'down', 'down', 'down');
    expect(title(cockpit)).toContain('PAUSED');
  });

  test('a paused view does not move, whatever arrives and whatever is dropped', async () => {
    const step = fc.record({ server: fc.constantFrom('a', 'b'), count: fc.integer({ min: 0, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 8 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 30 }),
        async (steps, all, up) => {
          const limits = { ...LOG_LIMITS, lines: 40 };
          const cockpit = await withLog(30, { limits });
          await cockpit.write('b', numbered(1, 20, 'other'));
          if (all) cockpit.press('a');
          await cockpit.deliver();
          for (let press = 0; press < up; press += 1) cockpit.press('k');
          const before = cockpit.log();
          for (const { server, count } of steps) await cockpit.write(server, numbered(1, count, 'new'));
          // Where the pane is not full yet, what is new may show below.
          expect(cockpit.log().slice(0, before.length)).toEqual(before);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('what a paused view could not keep is read again from the file', async () => {
    const cockpit = await withLog(10, { limits: { ...LOG_LIMITS, lines: 20 } });
    cockpit.press('k');
    await cockpit.write('a', numbered(11, 200));
    cockpit.press('f');
    expect(cockpit.effects.at(-1)).toEqual({ type: 'reload-logs', servers: ['a'] });
  });
});

describe('each log remembers', () => {
  test('scroll, search and level of its own', async () => {
    const cockpit = await withLog(100);
    await cockpit.write('a', ['x']);
    cockpit.press('pageup', 'v', '/', 'l', 'i', 'n', 'e', 'enter');
    const before = cockpit.log();
    cockpit.press('1', 'down');
    expect(title(cockpit)).toContain('2 Logs: b');
    expect(title(cockpit)).toContain('FOLLOW');
    cockpit.press('up', '2');
    expect(cockpit.log().slice(0, before.length)).toEqual(before);
    expect(title(cockpit)).toContain('PAUSED');
    expect(title(cockpit)).toContain('/line');
  });
});

describe('searching', () => {
  test('highlights without hiding, and counts', async () => {
    const cockpit = await withLog(30);
    cockpit.press('/', '1', '2');
    expect(title(cockpit)).toContain('/12 1 match');
    expect(cockpit.log().join()).toContain('line 13');
  });

  test('n and P go round from match to match', async () => {
    const cockpit = await withLog(100);
    cockpit.press('/', '0', 'enter');
    const here = (): string => cockpit.log().find((row) => row.startsWith('▸')) ?? '';
    cockpit.press('P');
    expect(here()).toContain('line 90');
    cockpit.press('P');
    expect(here()).toContain('line 80');
    cockpit.press('n', 'n');
    expect(here()).toContain('line 100');
    cockpit.press('n');
    expect(here()).toContain('line 10');
  });

  test('Tab hides what does not match', async () => {
    const cockpit = await withLog(100);
    cockpit.press('/', '9', 'tab', 'enter');
    expect(cockpit.log().every((row) => row.includes('9'))).toBe(true);
    expect(cockpit.log()).toHaveLength(19);
  });

  test('Esc while typing brings back what was searched before; in the pane it ends the search', async () => {
    const cockpit = await withLog(10);
    cockpit.press('/', '1', 'enter', '/', 'x', 'esc');
    expect(streamState(cockpit.state).search).toBe('1');
    cockpit.press('esc');
    expect(streamState(cockpit.state).search).toBe('');
  });

  test('n without a search says what to do', async () => {
    const cockpit = await withLog(10);
    cockpit.press('n');
    expect(cockpit.told).toContain('/');
  });
});

describe('lines', () => {
  test('v leaves only what is severe enough', async () => {
    const cockpit = new StagedCockpit({ units: [unit('a', 'ready')] });
    await cockpit.write('a', [
      { text: 'chatter', level: 'debug' },
      { text: 'plain', level: null },
      { text: 'careful', level: 'warn' },
      { text: 'broken', level: 'error' },
    ]);
    cockpit.press('2', 'v');
    expect(cockpit.log().join()).not.toContain('chatter');
    cockpit.press('v');
    expect(cockpit.log().join()).not.toContain('plain');
    cockpit.press('v');
    expect(cockpit.log()).toEqual([' E broken']);
    cockpit.press('v');
    expect(cockpit.log()).toHaveLength(4);
  });

  test('T shows when, and admits where nobody noted it', async () => {
    const cockpit = new StagedCockpit({ units: [unit('a', 'ready')] });
    const at = new Date(2026, 7, 1, 10, 32, 7).getTime();
    await cockpit.write('a', [
      { text: 'known', at },
      { text: 'unknown', at: null },
    ]);
    cockpit.press('2', 'T');
    expect(cockpit.log()).toEqual(['   10:32:07 known', '   --:--:-- unknown']);
  });

  test('w breaks a long line and loses none of it', async () => {
    const cockpit = await withLog(1, { columns: 80 });
    const long = 'abcdefghij'.repeat(20);
    await cockpit.write('a', [long]);
    cockpit.press('w');
    const rows = cockpit.log().slice(1);
    expect(rows.length).toBeGreaterThan(2);
    expect(rows.map((row) => row.slice(3)).join('')).toBe(long);
  });

  test('scrolls sideways by eight columns, and new lines do not reset that', async () => {
    const cockpit = await withLog(3);
    await cockpit.write('a', ['0123456789abcdef']);
    cockpit.press('right');
    await cockpit.write('a', ['0123456789abcdef']);
    expect(cockpit.log().at(-1)).toBe('   89abcdef');
    cockpit.press('left', 'left');
    expect(cockpit.log().at(-1)).toBe('   0123456789abcdef');
  });

  test('a shows all servers with their names', async () => {
    const cockpit = await withLog(2);
    cockpit.press('a');
    await cockpit.write('b', ['from b']);
    await cockpit.write('a', ['later']);
    expect(title(cockpit)).toContain('all 2 servers');
    expect(cockpit.log()).toEqual(['   a line 1', '   b from b', '   a line 2', '   a later']);
  });

  test('marked servers are shown together', async () => {
    const cockpit = await withLog(1, { units: [unit('a', 'ready'), unit('b', 'ready'), unit('c', 'ready')] });
    cockpit.press('1', 'space', 'down', 'space');
    await cockpit.write('b', ['from b']);
    await cockpit.write('c', ['from c']);
    expect(cockpit.log().join()).toContain('from b');
    expect(cockpit.log().join()).not.toContain('from c');
  });

  test('JSON stays on its line in the log, and is laid out on its page', async () => {
    const cockpit = await withLog(1);
    await cockpit.write('a', ['INFO {"tool":"get","args":{"city":"Paris"}}']);
    expect(cockpit.log().at(-1)).toContain('{"tool":"get","args":{"city":"Paris"}}');
    cockpit.press('enter');
    expect(cockpit.text()).toMatch(/"args": \{\s*\S?\s*\n.*"city": "Paris"/);
  });

  test('new errors are counted until somebody looks', async () => {
    const cockpit = await withLog(3);
    cockpit.press('1');
    await cockpit.write('a', ['an error', 'fine', 'another error']);
    expect(title(cockpit)).toContain('2 new errors');
    cockpit.press('2');
    expect(title(cockpit)).not.toContain('error');
  });
});

describe('taking lines along', () => {
  test('y copies the line of the cursor, Y what is on screen, without wrap breaks', async () => {
    const cockpit = await withLog(3, { columns: 60 });
    await cockpit.write('a', ['x'.repeat(150)]);
    cockpit.press('w', 'y');
    expect(cockpit.effects.at(-1)).toMatchObject({ type: 'copy', text: 'x'.repeat(150) });
    cockpit.press('Y');
    expect(cockpit.effects.at(-1)).toMatchObject({
      type: 'copy',
      text: ['line 1', 'line 2', 'line 3', 'x'.repeat(150)].join('\n'),
    });
  });

  test('W writes everything that passes the filter', async () => {
    const cockpit = await withLog(200);
    await cockpit.write('a', ['an error', 'fine']);
    cockpit.press('v', 'v', 'v', 'W');
    expect(cockpit.effects.at(-1)).toMatchObject({ type: 'write-log', text: 'an error\n', lines: 1 });
    expect(cockpit.effects.at(-1)).toHaveProperty('name', expect.stringMatching(/^a-\d{8}-\d{6}\.log$/));
  });

  test('z shows nothing but lines, and a line that says how to come back', async () => {
    const cockpit = await withLog(100, { columns: 80, rows: 24 });
    cockpit.press('z');
    const rows = cockpit.rows();
    expect(rows.slice(0, 23).every((row) => /^ {3}line \d+$|^▸/.test(row.trimEnd()))).toBe(true);
    cockpit.press('esc');
    expect(cockpit.text()).toContain('1 Servers');
  });
});

test('an empty log names the next key', () => {
  const cockpit = new StagedCockpit({ units: [unit('a', 'stopped')] });
  expect(cockpit.log().join()).toContain('a has written nothing yet');
  expect(cockpit.log().join()).toContain('s starts a');
});
