import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pty, { type IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../helpers/wait.ts';

/** A person's shell in a pseudo-terminal, with job control, so that Ctrl-Z and `fg` mean what they mean. */
class Shell {
  readonly #pty: IPty;
  readonly #screen = new xterm.Terminal({ cols: 100, rows: 30, allowProposedApi: true, scrollback: 200 });
  readonly ended: Promise<void>;

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.#pty = pty.spawn('/bin/bash', ['--norc', '--noprofile', '-i'], {
      cols: 100,
      rows: 30,
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: folder,
        LANG: 'C.UTF-8',
        PS1: 'ready> ',
        SSH_TTY: 'yes',
        NODE_ENV: 'production',
        ...env,
      },
    });
    this.#pty.onData((data) => this.#screen.write(data));
    this.#screen.onData((data) => this.#pty.write(data));
    this.ended = new Promise((resolve) => this.#pty.onExit(() => resolve()));
  }

  text(): string {
    const buffer = this.#screen.buffer.active;
    return Array.from({ length: this.#screen.rows }, (_, row) => {
      return buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '';
    }).join('\n');
  }

  get isFullScreen(): boolean {
    return this.#screen.buffer.active.type === 'alternate';
  }

  type(keys: string): void {
    this.#pty.write(keys);
  }

  async until(what: string | RegExp): Promise<void> {
    await waitFor(String(what), () =>
      typeof what === 'string' ? this.text().includes(what) : what.test(this.text()),
    ).catch((error: Error) => {
      throw new Error(`${error.message}; the screen shows:\n${this.text()}`);
    });
  }

  /** Stops taking what the program writes, as a stalled link does. */
  stall(): void {
    this.#pty.pause();
  }

  async close(): Promise<void> {
    this.#pty.kill('SIGKILL');
    await this.ended;
  }
}

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'real-terminal-'));
  program = join(folder, 'cockpit.mjs');
  await writeFile(join(folder, 'none.mjs'), 'export default {};\n');
  await build({
    entryPoints: [new URL('staged-cockpit.ts', import.meta.url).pathname],
    bundle: true,
    platform: 'node',
    format: 'esm',
    jsx: 'automatic',
    outfile: program,
    mainFields: ['module', 'main'],
    alias: { 'react-devtools-core': join(folder, 'none.mjs') },
    define: { 'process.env.NODE_ENV': '"production"' },
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true }));

const shells: Shell[] = [];
afterEach(async () => {
  for (const shell of shells.splice(0)) await shell.close();
});

async function open(env: Readonly<Record<string, string>> = {}, before = ''): Promise<Shell> {
  const shell = new Shell(folder, env);
  shells.push(shell);
  await shell.until('ready>');
  await rm(join(folder, 'status'), { force: true });
  shell.type(`${before}${process.execPath} ${program}; status=$?; echo $status > status; echo "exit $status"\r`);
  await shell.until(/◉ mem0 +ready/);
  return shell;
}

/** The terminal's settings as the shell sees them: canonical mode and echo are what a person needs to type. */
async function settings(shell: Shell): Promise<string[]> {
  const file = join(folder, 'settings');
  await rm(file, { force: true });
  shell.type(`stty -a > ${file}.new; mv ${file}.new ${file}\r`);
  const text = await waitFor('the settings', () => readFile(file, 'utf8').catch(() => null));
  return ['icanon', 'echo'].filter((flag) => new RegExp(`(^|\\s)${flag}(\\s|;|$)`, 'm').test(text));
}

describe('in a real terminal', () => {
  test('q leaves it as it was', async () => {
    const shell = await open();
    expect(shell.isFullScreen).toBe(true);
    shell.type('q');
    await shell.until('exit 0');
    expect(shell.isFullScreen).toBe(false);
    expect(shell.text()).toContain('Detached: 6 servers keep running.');
    expect(await settings(shell)).toEqual(['icanon', 'echo']);
  });

  test('Ctrl-Z stops it and gives the shell a usable terminal; fg brings it all back', async () => {
    const shell = await open();
    shell.type('jj');
    await shell.until('▸ ↻ weather');
    shell.type('\u001A');
    await shell.until('Stopped');
    expect(shell.isFullScreen).toBe(false);
    expect(await settings(shell)).toEqual(['icanon', 'echo']);
    shell.type('fg\r');
    await shell.until('▸ ↻ weather');
    expect(shell.isFullScreen).toBe(true);
    shell.type('k');
    await shell.until('▸ ◒ github');
    shell.type('q');
    await shell.until('Detached');
  });

  test('a SIGTSTP from outside does the same, a SIGCONT after a SIGSTOP draws again', async () => {
    const shell = await open({}, `sh -c 'echo $$ > pid; exec "$@"' sh `);
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    process.kill(pid, 'SIGTSTP');
    await shell.until('Stopped');
    expect(shell.isFullScreen).toBe(false);
    shell.type('fg\r');
    await shell.until(/◉ mem0 +ready/);
    process.kill(pid, 'SIGSTOP');
    await shell.until('Stopped');
    shell.type('fg\r');
    await shell.until(/◉ mem0 +ready/);
    shell.type('j');
    await shell.until('▸ ◒ github');
    shell.type('q');
    await shell.until('Detached');
    expect(await settings(shell)).toEqual(['icanon', 'echo']);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)('%s restores it and ends with %i', async (signal, exitCode) => {
    const shell = await open({}, `sh -c 'echo $$ > pid; exec "$@"' sh `);
    process.kill(Number(await readFile(join(folder, 'pid'), 'utf8')), signal);
    await shell.until(`exit ${exitCode}`);
    expect(shell.isFullScreen).toBe(false);
    expect(await settings(shell)).toEqual(['icanon', 'echo']);
  });

  test('the editor gets the whole terminal, every key, and the line of the entry', async () => {
    const registry = join(folder, 'servers.json');
    const editor = join(folder, 'editor.sh');
    await writeFile(registry, '{\n  "mem0": { "port": 8050 },\n  "github": {}\n}\n');
    await writeFile(
      editor,
      '#!/bin/sh\ntrap "echo caught" INT\necho "EDITING $*"\nread answer\nread answer\necho "typed:$answer" > "$HOME/typed"\necho "{}" > "$2"\n',
    );
    await chmod(editor, 0o755);
    // Called `vi`, so that it is told the line.
    await writeFile(join(folder, 'vi'), await readFile(editor));
    await chmod(join(folder, 'vi'), 0o755);
    const shell = await open({ REGISTRY: registry, EDITOR: `${folder}/vi` });
    shell.type('je');
    await shell.until(`EDITING +3 ${registry}`);
    expect(shell.isFullScreen).toBe(false);
    // Ctrl-C is the editor's; whoever lent it the terminal stays.
    shell.type('\u0003');
    await shell.until('caught');
    shell.type('hello world\r');
    await shell.until('the registry was changed; u takes it back');
    expect(shell.isFullScreen).toBe(true);
    expect(await readFile(join(folder, 'typed'), 'utf8')).toBe('typed:hello world\n');
    shell.type('u');
    await shell.until('taken back');
    expect(await readFile(registry, 'utf8')).toContain('8050');
    shell.type('q');
    await shell.until('exit 0');
  });

  test('one that stops reading stalls nothing, and does not keep the program from ending', async () => {
    const beats = join(folder, 'beats');
    const shell = await open({ BEATS: beats }, `sh -c 'echo $$ > pid; exec "$@"' sh `);
    const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
    shell.type('2');
    await shell.until('a long line');
    shell.stall();
    // A megabyte for a terminal that takes some ten kilobytes.
    shell.type('y'.repeat(20));
    const count = async () => (await readFile(beats, 'utf8')).length;
    const before = await count();
    await waitFor('a hundred turns of the clock', async () => (await count()) > before + 100);
    process.kill(pid, 'SIGTERM');
    // The shell notices although its terminal still takes nothing; what the terminal shows is then its own business.
    await waitFor('the program to end', () => readFile(join(folder, 'status'), 'utf8').catch(() => null));
    expect((await readFile(join(folder, 'status'), 'utf8')).trim()).toBe('143');
  });

  test('the HTTP client is not loaded to draw a screen, and fetch is there for who needs it', async () => {
    const modules = join(folder, 'modules');
    const shell = await open({ MODULES: modules });
    expect(await readFile(modules, 'utf8')).not.toContain('undici/undici');
    expect(await readFile(`${modules}.fetch`, 'utf8')).toBe('function');
    shell.type('q');
    await shell.until('exit 0');
  });

  test('one without colours or UTF-8 gets neither', async () => {
    const shell = new Shell(folder, { LANG: 'C', NO_COLOR: '1' });
    shells.push(shell);
    await shell.until('ready>');
    shell.type(`${process.execPath} ${program}; echo "exit $?"\r`);
    await shell.until(/> \* mem0 +ready/);
    expect(shell.text()).toMatch(/^[ -~\n]*$/);
    shell.type('q');
    await shell.until('exit 0');
  });
});
