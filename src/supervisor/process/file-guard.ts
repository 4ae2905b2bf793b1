import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { errnoCode } from '../../registry/errno.ts';
import { ProblemError } from '../../registry/problem.ts';

/**
 * Reads a small file that others might have tampered with: no symlink is followed, a FIFO does not block, anything but a
 * regular file of at most `maxBytes` is refused. Null when there is no such file or it is refused.
 */
export function readSmallFile(path: string, maxBytes: number): { text: string; mtimeMs: number } | null {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return null;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size > maxBytes) return null;
    const buffer = Buffer.alloc(stat.size);
    const length = readSync(fd, buffer, 0, stat.size, 0);
    return { text: buffer.toString('utf8', 0, length), mtimeMs: stat.mtimeMs };
  } finally {
    closeSync(fd);
  }
}

/**
 * Writes a small private file (0600). What stands at the path is never written through: a link leads nowhere, a FIFO does
 * not block. A file of ours is written in place, which works on a full disk too.
 *
 * @throws a system error: no room, no permission, a directory in its place
 */
export function writeSmallFile(path: string, text: string): void {
  const fd = openForWriting(path);
  try {
    ftruncateSync(fd, 0);
    writeSync(fd, text, 0);
  } finally {
    closeSync(fd);
  }
}

function openForWriting(path: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  try {
    const fd = openSync(path, flags, 0o600);
    const stat = fstatSync(fd);
    if (stat.isFile() && stat.nlink === 1) return fd;
    closeSync(fd);
  } catch (error) {
    // A symbolic link, or a FIFO that nobody reads.
    if (!['ELOOP', 'ENXIO'].includes(errnoCode(error))) throw error;
  }
  rmSync(path, { force: true });
  return openSync(path, flags | constants.O_EXCL, 0o600);
}

/**
 * Makes sure that a path which a library will open is a regular file or free: following a planted link would write
 * elsewhere, and opening a FIFO hangs for ever (F48).
 *
 * @throws ProblemError
 */
export function requireRegularFile(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isFile()) return;
  throw new ProblemError({
    what: `${path} is not a regular file`,
    why: found.isSymbolicLink() ? 'it is a symbolic link' : 'somebody put something else in its place',
    next: `move ${path} away; a new one is made`,
  });
}
