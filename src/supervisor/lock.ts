import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { requireRegularFile, writeSmallFile } from './process/file-guard.ts';
import { readStat } from './process/identity.ts';

/**
 * The exclusive right to supervise one runtime directory: a SQLite write transaction held for the life of the process.
 * The kernel frees it at death, also under kill -9. Nothing may open `supervisor.lock` a second time in this process:
 * closing any descriptor on it would free the lock (POSIX record locks).
 */
export interface SupervisorLock {
  /**
   * False once the file that is locked no longer stands where others look for it (the directory was deleted or replaced):
   * another process may supervise by now.
   */
  isValid(): boolean;
  release(): void;
}

/** The lock, or null when another process holds it. Throws when the directory cannot be written. */
export function acquireLock(runtimeDir: string): SupervisorLock | null {
  const path = join(runtimeDir, 'supervisor.lock');
  requireRegularFile(path);
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    // Without it the transaction would create a journal file, which fails on a full disk (F46).
    db.exec('PRAGMA journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (isBusy(error)) return null;
    throw error;
  }
  const locked = inode(path);
  const stat = readStat(process.pid);
  writeSmallFile(join(runtimeDir, 'supervisor.pid'), `${process.pid} ${stat?.startTicks ?? 0}\n`);
  return {
    isValid: () => inode(path) === locked,
    release: () => {
      try {
        db.exec('ROLLBACK');
      } finally {
        db.close();
      }
    },
  };
}

/** Looks without opening. Null when nothing is there; a number stays ours for as long as the file is open. */
function inode(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.ino ?? null;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (error.errcode === 5 || error.errcode === 6);
}
