import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { render } from 'ink';
import { expect, test } from 'vitest';
import { Rows } from '../../components/Rows.tsx';
import { Thrift } from '../../src/cockpit/terminal/thrift.ts';
import { Keyboard } from '../helpers/screen.ts';

const COLUMNS = 24;
const ROWS = 6;

/** Two terminals: one gets what Ink writes, the other what is left of it. */
class Pair extends Writable {
  readonly isTTY = true;
  readonly columns = COLUMNS;
  readonly rows = ROWS;
  readonly plain = terminal();
  readonly thrifty = terminal();
  readonly thrift = new Thrift();
  bytes = { plain: 0, thrifty: 0 };

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const less = this.thrift.pass(chunk.toString());
    this.bytes = {
      plain: this.bytes.plain + chunk.length,
      thrifty: this.bytes.thrifty + Buffer.byteLength(less),
    };
    this.plain.write(chunk, () => this.thrifty.write(less, done));
  }
}

function terminal(): xterm.Terminal {
  return new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true, convertEol: true });
}

/** Every cell with every look a cell can have. */
function picture({ buffer: { active } }: xterm.Terminal): string[] {
  return Array.from({ length: ROWS }, (_, row) => {
    const line = active.getLine(row);
    return Array.from({ length: COLUMNS }, (__, column) => {
      const cell = line?.getCell(column);
      if (cell === undefined) return '';
      const looks = [cell.isBold(), cell.isDim(), cell.isItalic(), cell.isUnderline(), cell.isInverse()];
      const colours = [cell.getFgColorMode(), cell.getFgColor(), cell.getBgColorMode(), cell.getBgColor()];
      return [cell.getChars() || ' ', ...looks.map((look) => (look === 0 ? '' : 'x')), ...colours].join('.');
    }).join(' ');
  });
}

async function shown(frames: readonly (readonly string[])[]): Promise<Pair> {
  const pair = new Pair();
  const stdin = new Keyboard() as unknown as NodeJS.ReadStream;
  const view = (rows: readonly string[]) => <Rows rows={rows} width={COLUMNS} height={ROWS} />;
  const options = { stdin, stdout: pair as unknown as NodeJS.WriteStream, patchConsole: false, exitOnCtrlC: false };
  const app = render(view(frames[0] ?? []), {
    ...options,
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    maxFps: 1_000,
  });
  for (const rows of frames) {
    app.rerender(view(rows));
    await app.waitUntilRenderFlush();
    await sleep(2);
    await new Promise<void>((resolve) => pair.write('', () => resolve()));
    expect(picture(pair.thrifty)).toEqual(picture(pair.plain));
    expect(pair.thrifty.buffer.active.cursorY).toBe(pair.plain.buffer.active.cursorY);
  }
  app.unmount();
  return pair;
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', ' ', '┃', '▁', '漢', 'e\u0301', '\u{1F600}'),
  maxLength: COLUMNS / 2,
});
const plain = fc.string({ unit: fc.constantFrom('a', 'b', ' ', ' ', '┃', '▁'), maxLength: COLUMNS / 2 });
const code = fc.constantFrom('', '1', '2', '7', '31', '92', '38;5;120', '48;2;1;2;3', '1;36', '3;4;44', '100');
const span = (of: fc.Arbitrary<string>) =>
  fc.tuple(code, of).map(([look, words]) => (look === '' ? words : `\u001B[${look}m${words}\u001B[0m`));
const row = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(span(plain), span(plain)).map((spans) => spans.join('')) },
  { weight: 1, arbitrary: span(text) },
);
const frame = fc.array(row, { minLength: ROWS, maxLength: ROWS });

test('a terminal shows the same with less written, whatever the frames are', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { minLength: 2, maxLength: 6 }), async (frames) => {
      await shown(frames);
    }),
    { numRuns: 60 },
  );
});

test('only the cells that changed are written, and nothing for a row that did not', async () => {
  const table = (uptime: string, bars: string) =>
    Array.from(
      { length: ROWS },
      (_, index) => `\u001B[36m┃\u001B[0m s${index} ${uptime} 0.5% \u001B[32m${bars}\u001B[0m`,
    );
  const before = await shown([table('44m', '▁▁▂▁')]);
  const after = await shown([table('44m', '▁▁▂▁'), table('45m', '▁▂▁▁')]);
  const written = after.bytes.thrifty - before.bytes.thrifty;
  expect(written).toBeLessThan(ROWS * 32 + 24);
  expect(written).toBeLessThan((after.bytes.plain - before.bytes.plain) * 0.6);
});

test('a frame of which nothing is left is not begun either', () => {
  const thrift = new Thrift();
  expect(thrift.pass('one\ntwo')).toBe('one\ntwo');
  expect(thrift.pass('\u001B[?2026h')).toBe('');
  expect(thrift.pass('\u001B[1A\u001B[1G\u001B[Kone\n')).toBe('');
  expect(thrift.pass('\u001B[?2026l')).toBe('');
});

test('after somebody else wrote, rows go out whole until they are known again', () => {
  const thrift = new Thrift();
  thrift.pass('one\ntwo');
  thrift.pass('\u001B[?2004h');
  expect(thrift.pass('\u001B[1A\u001B[1G\u001B[Konly\n')).toBe('\u001B[1A\u001B[3Gly\u001B[1B');
  thrift.forget();
  expect(thrift.pass('\u001B[1A\u001B[3G\u001B[Kce\n')).toContain('\u001B[3G\u001B[Kce');
  expect(thrift.pass('\u001B[1A\u001B[1G\u001B[Konce\n')).toContain('\u001B[1G\u001B[Konce');
  expect(thrift.pass('\u001B[1A\u001B[1G\u001B[Konly\n')).toBe('\u001B[1A\u001B[3Gly\u001B[1B');
  thrift.pass('\u001B[2J');
  expect(thrift.pass('\u001B[1A\u001B[3G\u001B[Kce\n')).toContain('\u001B[3G\u001B[Kce');
});
