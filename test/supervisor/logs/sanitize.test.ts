import { type IBufferCell, Terminal } from '@xterm/headless';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_TEXT_LENGTH, sanitizeLine } from '../../../src/supervisor/logs/sanitize.ts';

const ESC = '\x1b';
const CSI = '\x1b[';

describe('what is kept and what is not', () => {
  test.each([
    ['plain text', 'request 1 handled', 'request 1 handled'],
    ['letters of other scripts', 'Größe 你好 ναι 😀', 'Größe 你好 ναι 😀'],
    ['a colour', `${CSI}31mred${CSI}0m plain`, `${CSI}31mred${CSI}0m plain`],
    ['the empty reset', `${CSI}31mred${CSI}m plain`, `${CSI}31mred${CSI}0m plain`],
    ['a colour left open', `${CSI}1;32mgreen`, `${CSI}1;32mgreen${CSI}0m`],
    ['256 colours', `${CSI}38;5;208mx${CSI}0m`, `${CSI}38;5;208mx${CSI}0m`],
    ['RGB', `${CSI}48;2;1;2;3mx${CSI}0m`, `${CSI}48;2;1;2;3mx${CSI}0m`],
    ['RGB with colons', `${CSI}38:2::1:2:3mx`, `${CSI}38;2;1;2;3mx${CSI}0m`],
    ['concealed and blinking text, which shows', `${CSI}8;5mpassword${CSI}0m`, 'password'],
    ['a window title', `${ESC}]0;pwned\x07text`, 'text'],
    ['a title that never ends', `text${ESC}]0;rest`, 'text0;rest'],
    ['a link', `${ESC}]8;;http://x${ESC}\\link${ESC}]8;;${ESC}\\`, 'link'],
    ['the clipboard', `${ESC}]52;c;cHduZWQ=\x07text`, 'text'],
    ['a device attributes query', `${CSI}c${CSI}>c${CSI}6ntext`, 'text'],
    ['DCS, APC, PM, SOS', `a${ESC}P1$r0m${ESC}\\b${ESC}_x${ESC}\\c${ESC}^y${ESC}\\d${ESC}Xz${ESC}\\e`, 'abcde'],
    ['C1 controls', 'a\x9b2Jb\x9d0;t\x9cc\x85d', 'abcd'],
    ['the alternate screen, mouse and cursor', `${CSI}?1049h${CSI}?1000h${CSI}?25l${CSI}2J${CSI}Htext`, 'text'],
    ['character sets and reset', `${ESC}(0${ESC}c\x0etext\x0f`, 'text'],
    ['modifyOtherKeys, which ends like a colour', `${CSI}>4;2mtext`, 'text'],
    ['an escape at the end', `text${ESC}`, 'text'],
    ['half a sequence at the end', `text${CSI}38;5`, 'text'],
    ['tabs', 'a\tbc\td', 'a       bc      d'],
    ['a Windows line end', 'text\r', 'text'],
    ['NUL and bell', 'a\0b\x07c', 'abc'],
    ['other controls, which show', 'a\x01b\x7fc', 'a·b·c'],
    ['bidi overrides', 'a\u202eb\u2066c', 'abc'],
    ['emoji variation', '⚠\ufe0f x', '⚠ x'],
    ['joined emoji', '👨\u200d👩', '👨👩'],
    ['joiners of other scripts', 'ن\u200dا', 'ن\u200dا'],
    ['invisible tags', 'a\u{e0041}\u{e007f}b', 'ab'],
    ['half a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ])('%s', (_what, raw, text) => {
    expect(sanitizeLine(raw).text).toBe(text);
  });

  test.each([
    ['a progress bar', '10%\r20%\r30%', '30%'],
    ['a shorter text over a longer one', 'downloading\rdone', 'doneloading'],
    ['the same with an erase', `downloading\rdone${CSI}K`, 'done'],
    ['readline', `old${CSI}1G${CSI}0Jnew`, 'new'],
    ['a spinner by backspace', '|\b/\b-', '-'],
    ['cursor movement in the line', `abc${CSI}2DX${CSI}2CY`, 'aXc Y'],
    ['a huge movement', `a${CSI}99999999999Gb`, 'a … [line cut at 16 kB]'],
  ])('rewriting: %s', (_what, raw, plain) => {
    expect(sanitizeLine(raw).plain).toBe(plain);
  });

  test('a long line is cut, with a mark and with its colours closed', () => {
    const { text, plain } = sanitizeLine(`${CSI}31m${'x'.repeat(100_000)}`);
    expect(text.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH);
    expect(plain.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH);
    expect(plain).toMatch(/^x{16000}.* … \[line cut at 16 kB\]$/);
    expect(text).toContain(`${CSI}0m … [line cut`);
  });

  test('a colour for each letter does not make a line longer than the cap', () => {
    const rainbow = Array.from({ length: 3000 }, (_, n) => `${CSI}38;5;${n % 256}mx`).join('');
    const { text, plain } = sanitizeLine(rainbow);
    expect(text.length).toBeLessThanOrEqual(MAX_TEXT_LENGTH);
    expect(plain).toMatch(/^x+ … \[line cut at 16 kB\]$/);
  });
});

const piece = fc.oneof(
  fc.constantFrom(
    ESC,
    CSI,
    `${ESC}]`,
    `${ESC}P`,
    `${ESC}_`,
    `${ESC}\\`,
    '\x07',
    '\r',
    '\b',
    '\t',
    '\x9b',
    '\x9c',
    '\x9d',
    '\x90',
  ),
  fc.constantFrom(
    '?1049h',
    '?1003h',
    '2J',
    'H',
    '6n',
    'c',
    '0;title',
    '52;c;aGk=',
    '31m',
    'm',
    '!p',
    '4h',
    '?7h',
    '5A',
    '3S',
    'r',
  ),
  fc.constantFrom('\ud83d', '\u202e', '\u200d', '\ufe0f', '👩', '🏽', 'é', '你', '\u2028', '\u{e0041}'),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
);
const hostileLine = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

function write(terminal: Terminal, data: string): Promise<void> {
  return new Promise((resolve) => terminal.write(data, resolve));
}

function newTerminal(columns: number): Terminal {
  return new Terminal({ cols: columns, rows: 10, allowProposedApi: true });
}

describe('whatever a server prints', () => {
  test('changes nothing in a terminal but the cells of its line', async () => {
    const noAutoWrap = `${CSI}?7l${CSI}5;1H`;
    await fc.assert(
      fc.asyncProperty(hostileLine, async (raw) => {
        const terminal = newTerminal(400);
        const told: string[] = [];
        terminal.onTitleChange((title) => told.push(`title ${title}`));
        terminal.onData((data) => told.push(`typed ${data}`));
        terminal.onBinary((data) => told.push(`typed ${data}`));
        terminal.onBell(() => told.push('bell'));
        await write(terminal, noAutoWrap);
        const modes = JSON.stringify(terminal.modes);
        await write(terminal, sanitizeLine(raw).text);
        const { active, normal } = terminal.buffer;
        expect({
          told,
          row: active.cursorY,
          above: active.getLine(3)?.translateToString(true),
          screen: active === normal,
        }).toEqual({
          told: [],
          row: 4,
          above: '',
          screen: true,
        });
        expect(JSON.stringify(terminal.modes)).toBe(modes);
        await write(terminal, `${CSI}5;1Hx`);
        expect(active.getLine(4)?.getCell(0)?.isAttributeDefault()).toBe(true);
        terminal.dispose();
      }),
      { numRuns: 500 },
    );
  });

  test('has no control characters in plain, is well-formed and stays as it is when cleaned again', () => {
    fc.assert(
      fc.property(hostileLine, (raw) => {
        const { text, plain } = sanitizeLine(raw);
        expect(plain).not.toMatch(/[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]|\ufe0f/);
        expect(plain.isWellFormed()).toBe(true);
        expect(text.replaceAll(/\x1b\[[\d;]*m/g, '')).toBe(plain);
        expect(sanitizeLine(text)).toEqual({ text, plain });
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('a line that rewrites itself', () => {
  const step = fc.oneof(
    fc.string({ unit: fc.constantFrom(...'abcdefgh XYZ'), minLength: 1, maxLength: 6 }),
    fc.constantFrom('\r', '\b', '\t', `${CSI}K`, `${CSI}1K`, `${CSI}2K`, `${CSI}5G`, `${CSI}G`, `${CSI}3C`, `${CSI}D`),
    fc.constantFrom(`${CSI}31m`, `${CSI}m`, `${CSI}1m`, `${CSI}?25l`, `${ESC}]0;t\x07`),
  );

  test('shows what a terminal would show last', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const raw = steps.join('');
        const terminal = newTerminal(300);
        await write(terminal, raw);
        expect(sanitizeLine(raw).plain.trimEnd()).toBe(
          terminal.buffer.active.getLine(0)?.translateToString(true).trimEnd(),
        );
        terminal.dispose();
      }),
      { numRuns: 400 },
    );
  });
});

describe('colours', () => {
  const parameter = fc.oneof(
    fc
      .integer({ min: 0, max: 110 })
      .filter((value) => ![8, 21, 28, 38, 48, 53, 55, 58].includes(value))
      .map(String),
    fc
      .tuple(fc.constantFrom('38', '48'), fc.integer({ min: 0, max: 255 }))
      .map(([plane, index]) => `${plane};5;${index}`),
    fc
      .tuple(fc.constantFrom('38', '48'), fc.constantFrom(0, 100, 255))
      .map(([plane, part]) => `${plane};2;${part};7;9`),
    fc.constantFrom('38:5:99', '48:2::1:2:3', '4:0', ''),
  );
  const sequence = fc
    .array(parameter, { minLength: 1, maxLength: 4 })
    .map((parameters) => `${CSI}${parameters.join(';')}m`);

  test('look as the server meant them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(sequence, { maxLength: 12 }), async (sequences) => {
        const raw = sequences.map((codes) => `${codes}x`).join('');
        const [original, cleaned] = [newTerminal(80), newTerminal(80)];
        await write(original, raw);
        await write(cleaned, sanitizeLine(raw).text);
        for (let column = 0; column < sequences.length; column++) {
          expect(look(cleaned, column)).toEqual(look(original, column));
        }
        original.dispose();
        cleaned.dispose();
      }),
      { numRuns: 400 },
    );
  });

  function look(terminal: Terminal, column: number) {
    const cell: IBufferCell | undefined = terminal.buffer.active.getLine(0)?.getCell(column);
    return {
      colours: [cell?.getFgColorMode(), cell?.getFgColor(), cell?.getBgColorMode(), cell?.getBgColor()],
      bold: cell?.isBold(),
      dim: cell?.isDim(),
      italic: cell?.isItalic(),
      underline: cell?.isUnderline(),
      inverse: cell?.isInverse(),
      strike: cell?.isStrikethrough(),
    };
  }
});
