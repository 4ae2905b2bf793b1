import { spawn } from 'node:child_process';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { ProblemError } from '../../registry/problem.ts';
import type { Undo } from '../state.ts';
import { editorCommand, entryLine } from './editor.ts';
import type { TerminalPort } from './port.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the registry in the user's editor at a server's entry; null when nothing was changed.
 * @throws ProblemError when the file cannot be read or the editor cannot be run.
 */
export async function editRegistry(
  terminal: TerminalPort,
  env: Environment,
  path: string,
  name: string,
): Promise<Undo | null> {
  const before = await read(path);
  const { shell, args } = editorCommand(env, path, await entryLine(before, name));
  let code: number | null = null;
  await terminal.lend(async () => {
    code = await run(shell, args, env);
  });
  const after = await read(path);
  if (after !== before) return { label: `the change of ${path}`, path, before, after };
  if (code === 0) return null;
  throw new ProblemError({ what: `the editor "${shell}" failed`, why: `exit ${code}`, next: 'set EDITOR' });
}

/**
 * Puts the registry back as it was before a change made here.
 * @throws ProblemError when it was changed again since: that is not ours to undo.
 */
export async function takeBack({ path, before, after }: Undo): Promise<void> {
  if ((await read(path)) !== after) {
    throw new ProblemError({
      what: 'not taken back',
      why: `${path} was changed by somebody else since`,
      next: 'e opens it',
    });
  }
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, before, { mode: 0o600 });
  await rename(temporary, path);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ProblemError({ what: `could not read ${path}`, why });
  }
}

/** Runs a shell command with the terminal as its own. */
function run(shell: string, args: readonly string[], env: Environment): Promise<number | null> {
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', `${shell} "$@"`, shell, ...args], { stdio: 'inherit', env });
    child.on('error', () => resolve(127));
    child.on('exit', (code) => resolve(code));
  });
}
