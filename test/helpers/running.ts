import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';

/** How a program ended and everything it printed. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under test whose output can be awaited. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Everything printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout and stderr together match; rejects when the program ends first or nothing came in `guardMs`. */
  printed(pattern: RegExp, guardMs?: number): Promise<void>;
  /** Resolves when the program has ended and its output was read to the end. */
  readonly ended: Promise<Ended>;
}

const GUARD_MS = 60_000;

/** Starts a program with its output captured. It is killed when it outlives the guard: a hang is a failure, not a wait. */
export function startProgram(
  file: string,
  args: readonly string[],
  options: SpawnOptions & { readonly input?: string; readonly guardMs?: number } = {},
): Running {
  const { input, guardMs = GUARD_MS, ...rest } = options;
  const child = spawn(file, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], ...rest });
  const text = { stdout: '', stderr: '' };
  const watchers = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      for (const look of watchers) look();
    });
  }
  if (input !== undefined) child.stdin?.end(input);
  const hang = setTimeout(() => child.kill('SIGKILL'), guardMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...text }));
  }).finally(() => {
    clearTimeout(hang);
    for (const look of watchers) look();
  });
  ended.catch(() => {});
  return {
    child,
    pid: child.pid ?? 0,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    ended,
    printed: (pattern, guard = guardMs) =>
      new Promise((resolve, reject) => {
        const settle = (finish: () => void) => {
          clearTimeout(timer);
          watchers.delete(look);
          finish();
        };
        const fail = (why: string) =>
          settle(() => reject(new Error(`${why} before ${pattern}: ${JSON.stringify(text)}`)));
        const timer = setTimeout(() => fail('nothing came'), guard);
        const look = () => {
          if (pattern.test(text.stdout + text.stderr)) settle(resolve);
          else if (child.exitCode !== null || child.signalCode !== null) fail('the program ended');
        };
        watchers.add(look);
        look();
      }),
  };
}
