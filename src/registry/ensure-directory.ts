import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errnoCode, errnoText } from './errno.ts';
import type { Problem, Result } from './problem.ts';

/**
 * Makes sure that a private directory exists, is ours and is closed to others (R25, F48). Creates it with its parents;
 * takes surplus permissions away (0777 becomes 0700); refuses a symbolic link, something that is no directory, another
 * user's directory and one that cannot be written to. Everything is checked on the opened directory.
 *
 * @param mode permissions of a new directory and the most an existing one may have
 * @returns the directory's absolute path
 */
export function ensureDirectory(directory: string, mode = 0o700): Result<string> {
  const path = resolve(directory);
  try {
    makeWithParents(path, mode);
  } catch (error) {
    return refuse(`the directory ${path} cannot be created`, error);
  }
  let descriptor: number;
  try {
    descriptor = openSync(
      path,
      constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    return { ok: false, problem: notADirectory(path, error) };
  }
  try {
    const { uid, mode: present } = fstatSync(descriptor);
    const me = process.geteuid?.();
    if (me !== undefined && uid !== me) {
      return {
        ok: false,
        problem: {
          what: `the directory ${path} belongs to another user`,
          holder: `uid ${uid}; this program runs as uid ${me}`,
          next: 'choose a directory of your own',
        },
      };
    }
    if ((present & 0o777 & ~mode) !== 0) fchmodSync(descriptor, present & mode);
    accessSync(path, constants.W_OK | constants.X_OK);
    return { ok: true, value: path };
  } catch (error) {
    return refuse(`the directory ${path} cannot be written to`, error);
  } finally {
    closeSync(descriptor);
  }
}

/** `mkdir -p`. Node's own loops for ever where a file system answers ENOENT although the parent is there, as /proc does. */
function makeWithParents(path: string, mode: number): void {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  const parent = dirname(path);
  if (parent !== path && statSync(parent, { throwIfNoEntry: false }) === undefined) makeWithParents(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was faster; what it made is checked like everything that was there before.
    if (errnoCode(error) !== 'EEXIST') throw error;
  }
}

function notADirectory(path: string, error: unknown): Problem {
  const entry = lstatSync(path, { throwIfNoEntry: false });
  if (entry?.isSymbolicLink()) {
    return {
      what: `${path} is a symbolic link`,
      why: 'a link could lead what is written there somewhere else',
      next: 'name the directory itself, or remove the link',
    };
  }
  if (entry && !entry.isDirectory()) return { what: `${path} is not a directory`, next: `move ${path} away` };
  return { what: `the directory ${path} cannot be opened`, why: errnoText(error), next: `chmod u+rwx ${path}` };
}

const NEXT: Readonly<Record<string, string>> = {
  EROFS: 'choose a directory on a file system that can be written to',
  ENOSPC: 'free some space',
  ENOTDIR: 'choose a path whose parents are directories',
  EACCES: 'choose a directory of your own, or mend its permissions',
};

function refuse(what: string, error: unknown): { readonly ok: false; readonly problem: Problem } {
  return {
    ok: false,
    problem: { what, why: errnoText(error), next: NEXT[errnoCode(error)] ?? 'choose another directory' },
  };
}
