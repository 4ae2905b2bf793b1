import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import xterm from '@xterm/headless';
import { showCockpit } from '../../components/show.tsx';
import type { CockpitPort, Verdict } from '../../src/cockpit/runtime/port.ts';
import { TerminalOutput } from '../../src/cockpit/terminal/output.ts';
import type { Sink } from '../../src/cockpit/terminal/sink.ts';

/** How long a screen may take to show what is waited for; only reached when the test fails. */
const HANG_MS = 10_000;

export interface Cell {
  readonly text: string;
  /** Palette index 0–15, or null for the terminal's own colour. */
  readonly colour: number | null;
  readonly background: number | null;
  readonly bold: boolean;
  readonly inverse: boolean;
}

/** A sink that is an xterm; it can be told not to take anything, as a stalled terminal does. */
class XtermSink implements Sink {
  isStalled = false;
  isGone = false;
  bytes = 0;
  /** What was written, for looking at sequences that leave no trace on the screen. */
  log = '';
  readonly #terminal: xterm.Terminal;
  readonly #onWrite: () => void;

  constructor(terminal: xterm.Terminal, onWrite: () => void) {
    this.#terminal = terminal;
    this.#onWrite = onWrite;
  }

  write(bytes: Uint8Array, from: number): number {
    if (this.isGone) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    if (this.isStalled) throw Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' });
    const rest = bytes.subarray(from);
    this.bytes += rest.length;
    this.log += Buffer.from(rest).toString();
    this.#terminal.write(Buffer.from(rest), this.#onWrite);
    return rest.length;
  }

  close(): void {}
}

/** What Ink needs of a terminal's input. */
export class Keyboard extends PassThrough {
  readonly isTTY = true;
  isRaw = false;
  setRawMode(isRaw: boolean): this {
    this.isRaw = isRaw;
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}

/** The whole cockpit (Ink included) on a model of a terminal: what a person would see, and what they type. */
export class ScreenModel {
  readonly terminal: xterm.Terminal;
  readonly sink: XtermSink;
  readonly keyboard = new Keyboard();
  /** Stands in for `process`: emit signals here. */
  readonly host = new EventEmitter();
  readonly finished: Promise<Verdict>;
  readonly #size: EventEmitter & { columns: number; rows: number };
  readonly #changed = new EventEmitter().setMaxListeners(0);

  constructor(port: CockpitPort, columns: number, rows: number) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    this.sink = new XtermSink(this.terminal, () => this.#changed.emit('change'));
    this.#size = Object.assign(new EventEmitter(), { columns, rows });
    const output = new TerminalOutput(this.#size, this.sink);
    const stdin = this.keyboard as unknown as NodeJS.ReadStream;
    this.finished = showCockpit(port, { stdin, output, host: this.host });
  }

  /** Types bytes as a terminal sends them: `\u001B[A` is Up. */
  type(bytes: string): void {
    this.keyboard.write(bytes);
  }

  resize(columns: number, rows: number): void {
    this.terminal.resize(columns, rows);
    Object.assign(this.#size, { columns, rows });
    this.#size.emit('resize');
  }

  rows(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) => {
      return active.getLine(active.baseY + row)?.translateToString(true) ?? '';
    });
  }

  text(): string {
    return this.rows().join('\n');
  }

  /** The first row that contains `text`; -1 when none does. */
  rowOf(text: string): number {
    return this.rows().findIndex((row) => row.includes(text));
  }

  cell(row: number, column: number): Cell {
    const { active } = this.terminal.buffer;
    const cell = active.getLine(active.baseY + row)?.getCell(column);
    if (cell === undefined) throw new Error(`no cell at row ${row}, column ${column}`);
    return {
      text: cell.getChars(),
      colour: cell.isFgPalette() ? cell.getFgColor() : null,
      background: cell.isBgPalette() ? cell.getBgColor() : null,
      bold: cell.isBold() !== 0,
      inverse: cell.isInverse() !== 0,
    };
  }

  /** The cell where `text` begins. */
  cellOf(text: string): Cell {
    const row = this.rowOf(text);
    if (row === -1) throw new Error(`"${text}" is not on the screen:\n${this.text()}`);
    return this.cell(row, columnOf(this.rows()[row] ?? '', text));
  }

  /** Settles when the screen meets a condition (or shows a text). */
  async until(condition: string | RegExp | ((screen: ScreenModel) => boolean)): Promise<void> {
    const isMet = (): boolean => {
      if (typeof condition === 'string') return this.text().includes(condition);
      return condition instanceof RegExp ? condition.test(this.text()) : condition(this);
    };
    if (isMet()) return;
    await new Promise<void>((resolve, reject) => {
      const check = (): void => {
        if (!isMet()) return;
        stop();
        resolve();
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`the screen never showed ${String(condition)}:\n${this.text()}`));
      }, HANG_MS);
      const stop = (): void => {
        clearTimeout(timer);
        this.#changed.off('change', check);
      };
      this.#changed.on('change', check);
    });
  }

  /** Leaves by key, and waits until everything is put away. */
  async leave(): Promise<Verdict> {
    this.type('q');
    return this.finished;
  }
}

/** Columns, not characters: every symbol of the chrome is one column wide, so they are the same left of any server's own text. */
const columnOf = (row: string, text: string): number => row.indexOf(text);
