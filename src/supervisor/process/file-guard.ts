import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

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
