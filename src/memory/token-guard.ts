import { lstatSync, type Stats } from 'node:fs';
import { ensureTokenFile } from '../registry/hub-token.ts';

/**
 * Answers the token that holds now. The file is asked at each call, and read again only when it was changed or replaced;
 * when it is gone, a new one is made.
 */
export type TokenGuard = () => string;

/** @throws ProblemError now and at each call when the file must not be trusted or cannot be made */
export function tokenGuard(file: string): TokenGuard {
  let token = '';
  let seen: Stats | undefined;
  const current = () => {
    const present = look(file);
    if (present === undefined || seen === undefined || !isSame(present, seen)) {
      token = ensureTokenFile(file);
      seen = present;
    }
    return token;
  };
  current();
  return current;
}

function look(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

function isSame(a: Stats, b: Stats): boolean {
  return a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs && a.ino === b.ino && a.dev === b.dev && a.size === b.size;
}
