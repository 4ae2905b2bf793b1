import { errnoCode, errnoText } from '../registry/errno.ts';
import { type Problem, ProblemError } from '../registry/problem.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html); extended ones carry them in their low byte. */
const CODE = { BUSY: 5, LOCKED: 6, READONLY: 8, IOERR: 10, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

/** The primary result code of an error thrown by `node:sqlite`, null for any other value. */
function sqliteCode(error: unknown): number | null {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : null;
}

/** Another connection holds the lock: worth another try. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === CODE.BUSY || code === CODE.LOCKED;
}

/** A row holds what nobody ever wrote into it: SQLite does not notice when a page of nothing but content is damaged. */
export class DamagedRow extends Error {}

/** The file seems to be damaged, or no database at all. To be confirmed before anything is done about it. */
export function isDamage(error: unknown): boolean {
  if (error instanceof DamagedRow) return true;
  const code = sqliteCode(error);
  return code === CODE.CORRUPT || code === CODE.NOTADB;
}

const ADVICE: Readonly<Record<number, string>> = {
  [CODE.BUSY]: 'try again; if it stays so, end the program that holds the file',
  [CODE.LOCKED]: 'try again; if it stays so, end the program that holds the file',
  [CODE.READONLY]: 'make the file and its directory writable',
  [CODE.IOERR]: 'check the disk',
  [CODE.FULL]: 'free some space on its disk',
  [CODE.CANTOPEN]: 'make it a regular file in a writable directory, or set MCP_DATA_DIR to another directory',
};

/** What to tell a person about an error met while working on the database `file`. */
export function storageProblem(file: string, error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const code = sqliteCode(error);
  if (code === null && errnoCode(error) === '') return { what: 'The memory server failed', why: errnoText(error) };
  const next = ADVICE[code ?? -1];
  return { what: `The memory database ${file} cannot be used`, why: errnoText(error), ...(next && { next }) };
}
