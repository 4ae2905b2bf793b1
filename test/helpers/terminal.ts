import path from 'node:path';
import pty, { type IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import type { Home } from './home.ts';
import { root } from './root.ts';
import { waitFor } from './wait.ts';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  /** Which command of dist/; default `mcp`. */
  readonly program?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A person at a real terminal: a pseudo-terminal with the program in it, and an xterm that shows what it drew. */
export class Terminal {
  readonly #pty: IPty;
  readonly #screen: xterm.Terminal;
  #written = Promise.resolve();
  /** Exit code and signal, once the program has ended. */
  readonly ended: Promise<{ readonly exitCode: number; readonly signal: number | undefined }>;

  /** Opens a program (with `args`) in a home. */
  constructor(home: Home, { columns = 120, rows = 40, program = 'mcp', args = [], env = {} }: TerminalOptions = {}) {
    this.#screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 1000 });
    this.#pty = pty.spawn(process.execPath, [path.join(root, `dist/bin/${program}.cjs`), ...args], {
      cols: columns,
      rows,
      cwd: home.dir,
      env: { ...home.env, TERM: 'xterm-256color', ...env },
      name: 'xterm-256color',
    });
    this.#pty.onData((data) => {
      this.#written = new Promise((resolve) => this.#screen.write(data, resolve));
    });
    // What the terminal answers to queries goes back, as a real one does.
    this.#screen.onData((data) => this.#pty.write(data));
    this.ended = withGuard(
      new Promise((resolve) => {
        // Its last words are on the screen by then.
        this.#pty.onExit(({ exitCode, signal }) => void this.#written.then(() => resolve({ exitCode, signal })));
      }),
      () => this.text(),
    );
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** The alternate screen is in use, as full-screen programs do. */
  get isFullScreen(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  /** The visible lines, right-trimmed. */
  lines(): string[] {
    const buffer = this.#screen.buffer.active;
    return Array.from(
      { length: this.#screen.rows },
      (_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '',
    );
  }

  text(): string {
    return this.lines().join('\n');
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows);
    this.#pty.resize(columns, rows);
  }

  /** The first line that matches, as soon as one does. */
  async line(pattern: RegExp, guardMs?: number): Promise<string> {
    return waitFor(
      `${pattern} on the screen`,
      async () => {
        await this.#written;
        return this.lines().find((line) => pattern.test(line)) ?? null;
      },
      guardMs,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; the screen shows:\n${this.text()}`);
    });
  }

  /** Resolves when no line matches. */
  async without(pattern: RegExp): Promise<void> {
    await waitFor(`${pattern} to leave the screen`, () => !this.lines().some((line) => pattern.test(line))).catch(
      (error: Error) => {
        throw new Error(`${error.message}; the screen shows:\n${this.text()}`);
      },
    );
  }

  signal(name: string): void {
    this.#pty.kill(name);
  }

  /** Closes the terminal's window: the kernel hangs up on whatever runs in it. */
  hangUp(): void {
    const master = this.#pty as unknown as { destroy(): void };
    master.destroy();
  }
}

const GUARD_MS = 45_000;

/** A program that never ends is a failure that says what its screen showed, not a test that times out. */
function withGuard<T>(ended: Promise<T>, screen: () => string): Promise<T> {
  const hang = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => hang.reject(new Error(`it did not end; the screen shows:\n${screen()}`)),
    GUARD_MS,
  ).unref();
  hang.promise.catch(() => undefined);
  return Promise.race([ended.finally(() => clearTimeout(timer)), hang.promise]);
}
