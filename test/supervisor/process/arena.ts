import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LaunchSpec } from '../../../src/registry/launch-spec.ts';
import { aliveStat, commandLine } from '../../../src/supervisor/process/identity.ts';
import { type Launched, type LaunchOptions, launch } from '../../../src/supervisor/process/launch.ts';
import type { LaunchFailure } from '../../../src/supervisor/process/launch-failure.ts';
import { killAllWith, processesWith } from '../../helpers/processes.ts';

export type Run = NonNullable<LaunchSpec['run']>;

export interface Started extends Launched {
  readonly nonce: string;
  readonly exitFile: string;
}

/**
 * A folder to launch processes in. Closing it is an assertion: nothing that was started here may still run, and two
 * innocent bystanders (one of our process group, one of its own) must.
 */
export interface Arena extends AsyncDisposable {
  readonly dir: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where launched commands write stdout and stderr. */
  output(): string;
  /** Writes an executable file. */
  script(name: string, text: string): string;
  tryLaunch(run: Run | null, options?: Partial<LaunchOptions & LaunchSpec>): Promise<Launched | LaunchFailure>;
  /** As `tryLaunch`, but a failure to launch fails the test. */
  start(run: Run | string, options?: Partial<LaunchOptions & LaunchSpec>): Promise<Started>;
  /** The living processes that were started here and still have the environment to show for it. */
  pids(): Promise<number[]>;
}

export async function openArena(): Promise<Arena> {
  const dir = mkdtempSync(path.join(tmpdir(), 'mcp-arena-'));
  const id = randomUUID();
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    MCP_TEST_RUN: process.env.MCP_TEST_RUN ?? '',
    MCP_TEST_ARENA: id,
  };
  const bystanders = [true, false].map((detached) => {
    const child = spawn('sleep', ['3600'], { stdio: 'ignore', detached });
    return { child, born: aliveStat(child.pid ?? 0)?.startTicks };
  });
  const outputPath = path.join(dir, 'output.log');
  const outputFd = openSync(outputPath, 'a');
  let count = 0;
  const tryLaunch: Arena['tryLaunch'] = (run, options = {}) =>
    launch({
      spec: { run, cwd: options.cwd ?? dir, env: { ...env, ...options.env } },
      nonce: options.nonce ?? randomUUID(),
      exitFile: options.exitFile ?? path.join(dir, `${count++}.exit`),
      stdio: options.stdio ?? 'detached',
      outputFd,
      errorFd: outputFd,
      ...(options.shell === undefined ? {} : { shell: options.shell }),
    });
  return {
    dir,
    env,
    output: () => readFileSync(outputPath, 'utf8'),
    script: (name, text) => {
      const file = path.join(dir, name);
      writeFileSync(file, text, { mode: 0o755 });
      return file;
    },
    tryLaunch,
    start: async (run, options = {}) => {
      const nonce = options.nonce ?? randomUUID();
      const exitFile = options.exitFile ?? path.join(dir, `${count++}.exit`);
      const command: Run = typeof run === 'string' ? { kind: 'shell', line: run } : run;
      const launched = await tryLaunch(command, { ...options, nonce, exitFile });
      if (!launched.ok) throw new Error(JSON.stringify(launched.problem));
      return { ...launched, nonce, exitFile };
    },
    pids: () => processesWith('MCP_TEST_ARENA', id),
    [Symbol.asyncDispose]: async () => {
      const left = await processesWith('MCP_TEST_ARENA', id);
      const commands = left.map((pid) => `${pid} ${commandLine(pid)}`);
      await killAllWith('MCP_TEST_ARENA', id);
      const hurt = bystanders.filter(({ child, born }) => !born || aliveStat(child.pid ?? 0)?.startTicks !== born);
      for (const { child } of bystanders) {
        if (child.kill('SIGKILL')) await once(child, 'exit');
      }
      closeSync(outputFd);
      rmSync(dir, { recursive: true, force: true });
      if (hurt.length > 0) throw new Error('an innocent process was signalled');
      if (left.length > 0) throw new Error(`left behind: ${commands.join('; ')}`);
    },
  };
}

/** Resolves with the first truthy value of `look`. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves when the leader has ended, with what Node saw of it. */
export async function ended({
  child,
}: Pick<Launched, 'child'>): Promise<{ code: number | null; signal: string | null }> {
  // Unreferenced, so something else has to keep the worker alive meanwhile.
  const keepAlive = setInterval(() => undefined, 1000);
  try {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  } finally {
    clearInterval(keepAlive);
  }
  return { code: child.exitCode, signal: child.signalCode };
}

/** The pid that a launched script wrote to `name` in the arena's folder. */
export function pidFile(arena: Arena, name: string): Promise<number> {
  return until(`${name} is written`, () => {
    try {
      return Number(/^(\d+)\n/.exec(readFileSync(path.join(arena.dir, name), 'utf8'))?.[1] ?? 0);
    } catch {
      return 0;
    }
  });
}
