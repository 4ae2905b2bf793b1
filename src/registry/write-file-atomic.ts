import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { errnoCode, errnoText } from './errno.ts';
import type { Problem } from './problem.ts';
import { type FileStamp, sameStamp, stampOf } from './read-text-file.ts';

export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The file is not what was read before: nothing was written. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Replaces a file so that every reader sees the old text or the new one, and a full disk or a crash at any moment leaves
 * the old one (R16, F46). A new file gets mode 0600; an existing one keeps mode and owner. A symbolic link stays a link:
 * the file that it leads to is replaced.
 *
 * @param expected the stamp from reading, checked again right before the new file takes its place; null: there must be
 *   no file yet, and of several processes that create it at once exactly one succeeds
 */
export function writeFileAtomic(path: string, text: string, expected: FileStamp | null): WriteOutcome {
  let temporary: string | null = null;
  try {
    const target = expected === null ? path : realpathSync(path);
    if (expected === null && lstatSync(path, { throwIfNoEntry: false }) !== undefined) return { kind: 'changed' };
    temporary = `${target}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
    writeTemporary(temporary, text, statSync(target, { throwIfNoEntry: false }));
    if (expected === null) {
      linkSync(temporary, target);
    } else {
      if (!sameStamp(stampOf(target), expected)) return { kind: 'changed' };
      renameSync(temporary, target);
      temporary = null;
    }
    syncDirectory(dirname(target));
    removeLeftovers(target);
    return { kind: 'written' };
  } catch (error) {
    const code = errnoCode(error);
    if (code === (expected === null ? 'EEXIST' : 'ENOENT')) return { kind: 'changed' };
    return { kind: 'problem', problem: refusal(path, error) };
  } finally {
    if (temporary !== null) removeQuietly(temporary);
  }
}

interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function writeTemporary(temporary: string, text: string, like: Ownership | undefined): void {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const descriptor = openSync(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    writeFileSync(descriptor, text);
    if (like !== undefined) {
      // As root, a plain rename would take the file away from its owner.
      if (like.uid !== process.geteuid?.()) fchownSync(descriptor, like.uid, like.gid);
      fchmodSync(descriptor, like.mode & 0o777);
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Makes the new directory entry itself durable. */
function syncDirectory(directory: string): void {
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } catch {
    // Some file systems cannot sync a directory; the file itself is safe.
  } finally {
    closeSync(descriptor);
  }
}

/** A leftover younger than this may belong to a writer in another container that shares the home directory. */
const LEFTOVER_AGE_MS = 60_000;

/** Removes temporary files of writers that were killed half-way. */
function removeLeftovers(target: string): void {
  const directory = dirname(target);
  for (const name of readdirSync(directory)) {
    if (!name.startsWith(`${basename(target)}.`)) continue;
    const pid = /\.(\d+)\.[0-9a-f]{12}\.tmp$/.exec(name)?.[1];
    if (pid === undefined || Number(pid) === process.pid) continue;
    const path = join(directory, name);
    const age = Date.now() - (lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY);
    if (age > LEFTOVER_AGE_MS && !isAlive(Number(pid))) removeQuietly(path);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errnoCode(error) !== 'ESRCH';
  }
}

function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already gone.
  }
}

const NEXT: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space and try again; nothing was changed',
  EDQUOT: 'free some space and try again; nothing was changed',
  EROFS: 'the file system is read-only; nothing was changed',
};

function refusal(path: string, error: unknown): Problem {
  return {
    what: `${path} cannot be written`,
    why: errnoText(error),
    next: NEXT[errnoCode(error)] ?? 'nothing was changed; check who owns the file and its directory',
  };
}
