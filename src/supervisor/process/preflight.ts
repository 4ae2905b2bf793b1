import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { type LaunchFailure, launchFailure } from './launch-failure.ts';

/** Spawning reports a missing cwd as "ENOENT sh", so it is looked at first (F18). Null when commands can run in it. */
export async function checkDirectory(cwd: string): Promise<LaunchFailure | null> {
  try {
    const found = await stat(cwd);
    if (!found.isDirectory()) return launchFailure('cwd-not-directory', cwd);
    await access(cwd, constants.X_OK);
    return null;
  } catch (error) {
    const kind = CWD_ERRORS[errorCode(error)];
    return kind ? launchFailure(kind, cwd) : launchFailure('other', cwd, String(error));
  }
}

const CWD_ERRORS: Readonly<Record<string, LaunchFailure['kind']>> = {
  ENOENT: 'cwd-missing',
  ENOTDIR: 'cwd-not-directory',
  EACCES: 'cwd-permission',
};

export type Resolved = { readonly ok: true; readonly path: string } | LaunchFailure;

/**
 * Finds `program` the way exec would in `cwd` with this PATH, and makes sure that its interpreter exists, because a missing
 * interpreter is reported as if the script were missing (F17). The path is absolute and keeps symlinks: programs such as
 * a virtual environment's python look at the name they were called by.
 */
export async function resolveProgram(program: string, cwd: string, path: string | undefined): Promise<Resolved> {
  const found = await findProgram(program, cwd, path);
  if (!found.ok) return found;
  const interpreter = await readInterpreter(found.path);
  if (interpreter === null) return found;
  const [file = '', argument = ''] = interpreter.split(/[ \t]+/);
  const direct = await findProgram(file.includes('/') ? file : `./${file}`, cwd, path);
  if (!direct.ok) return launchFailure('bad-interpreter', found.path, file);
  // `#!/usr/bin/env node`: env is there, node may not be. `-S` and assignments are left to env.
  const viaEnv = file.endsWith('/env') && argument !== '' && !/^-|=/.test(argument);
  if (viaEnv && !(await findProgram(argument, cwd, path)).ok) {
    return launchFailure('bad-interpreter', found.path, argument);
  }
  return found;
}

async function findProgram(program: string, cwd: string, path: string | undefined): Promise<Resolved> {
  const candidates = program.includes('/')
    ? [resolve(cwd, program)]
    : // An empty element of PATH is the current directory.
      (path ?? DEFAULT_PATH)
        .split(delimiter)
        .map((folder) => join(isAbsolute(folder) ? folder : join(cwd, folder), program));
  let forbidden: string | null = null;
  for (const candidate of candidates) {
    try {
      const found = await stat(candidate);
      await access(candidate, constants.X_OK);
      if (found.isFile()) return { ok: true, path: candidate };
      forbidden ??= candidate;
    } catch (error) {
      if (errorCode(error) === 'EACCES') forbidden ??= candidate;
    }
  }
  if (forbidden !== null) return launchFailure('not-executable', forbidden);
  return launchFailure('command-not-found', program, program.includes('/') ? '' : `${candidates.length}`);
}

/** What shells use when PATH is unset. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/** The text behind `#!`, as far as the kernel reads it; null for anything that is no script or cannot be read. */
async function readInterpreter(path: string): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => null);
  if (!file) return null;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    return head.startsWith('#!') ? (head.slice(2).split('\n')[0] ?? '').replace(/^[ \t]+|[ \t]+$/g, '') : null;
  } finally {
    await file.close();
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
