import { closeSync, constants, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { errnoText } from './errno.ts';
import type { Result } from './problem.ts';

/** How long to wait for another holder, in milliseconds; the work under the lock takes a few. */
const PATIENCE_MS = 5_000;

/**
 * Runs `work` while no other process does the same under this lock file. The lock is an exclusive SQLite transaction:
 * the kernel frees it when its holder dies, however it dies (R15). `work` must be synchronous, since closing any
 * descriptor on the file within this process would free the lock.
 *
 * @returns what `work` returned, or why the lock could not be had within five seconds
 */
export function withFileLock<T>(lockFile: string, work: () => Result<T>): Result<T> {
  let database: DatabaseSync | null = null;
  try {
    const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    closeSync(openSync(lockFile, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600));
    database = new DatabaseSync(lockFile, { timeout: PATIENCE_MS });
    // A journal in memory: nothing is ever written, so that a full disk takes no lock from anybody.
    database.exec('PRAGMA journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    const next = 'try again in a moment';
    return { ok: false, problem: { what: `the lock ${lockFile} cannot be taken`, why: errnoText(error), next } };
  }
  try {
    return work();
  } finally {
    database.close();
  }
}
