import { getSystemErrorMessage } from 'node:util';

/** The code of a system error (`ENOENT`, `EACCES` …), or `''` for any other value thrown. */
export function errnoCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A system error in the kernel's own words, without path and stack: `no such file or directory`. */
export function errnoText(error: unknown): string {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number') {
    return getSystemErrorMessage(error.errno) ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
