import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { errnoCode, errnoText } from './errno.ts';
import type { Problem } from './problem.ts';

/** What tells one state of a file from the next: it changes when the file is replaced or written to. */
export interface FileStamp {
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** The present stamp of a file, links followed; null when it is missing or cannot be looked at. */
export function stampOf(path: string): FileStamp | null {
  try {
    const { ino, size, mtimeNs } = statSync(path, { bigint: true });
    return { ino, size, mtimeNs };
  } catch {
    return null;
  }
}

export function sameStamp(a: FileStamp | null, b: FileStamp | null): boolean {
  if (a === null || b === null) return a === b;
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

export type TextFile =
  | { readonly kind: 'text'; readonly text: string; readonly stamp: FileStamp }
  | { readonly kind: 'missing' }
  | { readonly kind: 'problem'; readonly problem: Problem };

/**
 * Reads a small UTF-8 file completely. Never throws and never hangs, whatever stands at the path: a FIFO, a device, a
 * directory, a file of any size (F13). Symbolic links are followed. A byte-order mark is kept.
 *
 * @param limit the most bytes that are read; a larger file is a problem
 */
export function readTextFile(path: string, limit: number): TextFile {
  let descriptor: number;
  try {
    // Without O_NONBLOCK opening a FIFO would wait for a writer, for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const code = errnoCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing' };
    return problem(`${path} cannot be read`, errnoText(error), code === 'EACCES' ? `chmod u+r ${path}` : undefined);
  }
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    if (!stat.isFile())
      return problem(
        `${path} is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}`,
        undefined,
        `move ${path} away`,
      );
    if (stat.size > BigInt(limit)) return tooLarge(path, limit);
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (;;) {
      const read = readSync(descriptor, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
      if (length > limit) return tooLarge(path, limit);
    }
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(buffer.subarray(0, length));
    return { kind: 'text', text, stamp: { ino: stat.ino, size: stat.size, mtimeNs: stat.mtimeNs } };
  } catch (error) {
    if (error instanceof TypeError) return problem(`${path} is not UTF-8 text`, undefined, `save ${path} as UTF-8`);
    return problem(`${path} cannot be read`, errnoText(error), undefined);
  } finally {
    closeSync(descriptor);
  }
}

function tooLarge(path: string, limit: number): TextFile {
  return problem(
    `${path} is too large`,
    `more than ${Math.floor(limit / 1024)} kB`,
    'remove what does not belong there',
  );
}

function problem(what: string, why: string | undefined, next: string | undefined): TextFile {
  return {
    kind: 'problem',
    problem: { what, ...(why === undefined ? {} : { why }), ...(next === undefined ? {} : { next }) },
  };
}
