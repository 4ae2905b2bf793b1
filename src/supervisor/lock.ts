import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readStat } from './process/identity.ts';

/**
 * The exclusive right to supervise one runtime directory: a SQLite write transaction held for the life of the process.
 * The kernel frees it at death, also under kill -9. Nothing may open `supervisor.lock` a second time in this process:
 * closing any descriptor on it would free the lock (POSIX record locks).
 */
export interface SupervisorLock {
  release(): void;
}

/** The lock, or null when another process holds it. Throws when the directory cannot be written. */
export function acquireLock(runtimeDir: string): SupervisorLock | null {
  const db = new DatabaseSync(join(runtimeDir, 'supervisor.lock'), { timeout: 0 });
  try {
    // Without it the transaction would create a journal file, which fails on a full disk (F46).
    db.exec('PRAGMA journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (isBusy(error)) return null;
    throw error;
  }
  const stat = readStat(process.pid);
  writeFileSync(join(runtimeDir, 'supervisor.pid'), `${process.pid} ${stat?.startTicks ?? 0}\n`, { mode: 0o600 });
  return {
    release: () => {
      try {
        db.exec('ROLLBACK');
      } finally {
        db.close();
      }
    },
  };
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6);
}
