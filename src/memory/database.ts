import { chmodSync, closeSync, openSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ensureDirectory } from '../registry/ensure-directory.ts';
import { errnoCode } from '../registry/errno.ts';
import { ProblemError } from '../registry/problem.ts';
import { setAside } from './quarantine.ts';
import { isBusy, isDamage } from './sqlite-error.ts';
import { ensureSchema, refuseForeign } from './tables.ts';

/** How long one statement waits, with the event loop standing still, for another process's lock. Milliseconds. */
const BUSY_TIMEOUT_MS = 100;

/** How long opening tries on while other processes create or recover the same file. Milliseconds. */
const OPEN_PATIENCE_MS = 10_000;

/**
 * The connection to the memory file. Any number of processes may hold one to the same file. It follows the file: when it
 * was moved away or replaced, the next use opens what is there now, so that nothing is written where nobody looks.
 */
export class MemoryDatabase {
  readonly file: string;
  readonly #report: (sentence: string) => void;
  #db: DatabaseSync;
  #identity: Stats | undefined;
  #isClosed = false;

  /**
   * Opens the file; creates it (0600) and its directory (0700) when missing. A corrupt one is moved aside and said so
   * through `report`.
   *
   * @throws ProblemError when the directory, or the file for another reason than corruption, cannot be used
   */
  constructor(file: string, report: (sentence: string) => void) {
    this.file = realPath(file);
    this.#report = report;
    this.#db = this.#open();
  }

  /**
   * Runs `work` on the open connection. It may run twice, when the first run finds the file corrupt; it must be done
   * with all statements when it returns.
   */
  use<T>(work: (db: DatabaseSync) => T): T {
    if (this.#isClosed)
      throw new ProblemError({ what: 'The memory server is stopping', next: 'try again when it is back' });
    if (!this.#isInPlace()) this.#reopen();
    try {
      return work(this.#db);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#db.close();
      const wasMoved = this.#setAside();
      this.#db = this.#open();
      if (!wasMoved) throw error;
      return work(this.#db);
    }
  }

  close(): void {
    this.#isClosed = true;
    if (this.#db.isOpen) this.#db.close();
  }

  #isInPlace(): boolean {
    const present = statSync(this.file, { throwIfNoEntry: false });
    return this.#db.isOpen && present?.ino === this.#identity?.ino && present?.dev === this.#identity?.dev;
  }

  #reopen(): void {
    if (this.#db.isOpen) this.#db.close();
    this.#db = this.#open();
  }

  #open(): DatabaseSync {
    createPrivately(this.file);
    const db = this.#connect();
    this.#identity = statSync(this.file, { throwIfNoEntry: false });
    return db;
  }

  #connect(): DatabaseSync {
    try {
      return patientlyNow(() => connect(this.file));
    } catch (error) {
      if (!isDamage(error) || !this.#setAside()) throw error;
      return patientlyNow(() => connect(this.file));
    }
  }

  #setAside(): boolean {
    const sentence = setAside(this.file, () => patientlyNow(() => connect(this.file)));
    if (sentence !== null) this.#report(sentence);
    return sentence !== null;
  }
}

function connect(file: string): DatabaseSync {
  const db = new DatabaseSync(file);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    refuseForeign(db, file);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    ensureSchema(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** SQLite gives its journal files the mode of the database, so this one mode decides for all of them. */
function createPrivately(file: string): void {
  const directory = ensureDirectory(dirname(file));
  if (!directory.ok) throw new ProblemError(directory.problem);
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (errnoCode(error) !== 'EEXIST') throw error;
    const present = statSync(file);
    if (present.isFile() && (present.mode & 0o077) !== 0) chmodSync(file, present.mode & 0o700);
  }
}

/** The data directory, or the file itself, may well be a link to a bigger disk; its journal then lies over there. */
function realPath(file: string): string {
  for (const resolved of [() => realpathSync(file), () => join(realpathSync(dirname(file)), basename(file))]) {
    try {
      return resolved();
    } catch {
      // Not there yet.
    }
  }
  return file;
}

/** Tries again while the file is locked: creating the schema and recovering after a crash need it for themselves. */
function patientlyNow<T>(work: () => T): T {
  const deadline = performance.now() + OPEN_PATIENCE_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
