import { existsSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Memory } from './memory.ts';
import { COLUMNS, insertMemory, inTransaction, memoryOf } from './rows.ts';
import { isDamage } from './sqlite-error.ts';

/** How long to wait for another process that sets the same file aside. Milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;

/**
 * Moves a corrupt database aside and starts a new one with what can still be read of it. Only one process at a time
 * does this, and it looks again first: a file that another process has already replaced is left alone.
 *
 * The old file, with its write-ahead log, becomes `<file>.corrupt-<time>` and is never deleted.
 *
 * @param create opens a new database at `file`
 * @returns what was done, in one sentence; null when the file is sound
 */
export function setAside(file: string, create: () => DatabaseSync): string | null {
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    lock.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}; BEGIN EXCLUSIVE`);
    const damage = findDamage(file);
    if (damage === null) return null;
    const moved = freeName(`${file}.corrupt-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`);
    // The log first: a new database must never meet the log of the old one.
    for (const suffix of ['-wal', '-shm', '']) {
      if (existsSync(file + suffix)) renameSync(file + suffix, moved + suffix);
    }
    const rescued = rescue(moved, create());
    return `The memory database ${file} was corrupt (${damage}): it is kept as ${moved}, and a new one goes on with the ${rescued} memories that could still be read`;
  } finally {
    lock.close();
  }
}

/** What is wrong with the file in SQLite's words; null when it is sound. @throws for every reason but corruption */
function findDamage(file: string): string | null {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    const [finding] = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {});
    return finding === 'ok' ? null : String(finding).split('\n').join(' ');
  } catch (error) {
    if (isDamage(error)) return error instanceof Error ? error.message : String(error);
    throw error;
  } finally {
    db?.close();
  }
}

/** Copies every readable memory: from the oldest up to the first bad page, then from the newest down to it. */
function rescue(moved: string, fresh: DatabaseSync): number {
  let rescued = 0;
  try {
    for (const order of ['ASC', 'DESC']) {
      inTransaction(fresh, () => {
        for (const memory of readable(moved, order)) rescued += insertMemory(fresh, memory) ? 1 : 0;
      });
    }
    return rescued;
  } finally {
    fresh.close();
  }
}

function* readable(file: string, order: string): Generator<Memory> {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { readOnly: true });
    const rows = db.prepare(`SELECT ${COLUMNS} FROM memories m ORDER BY m.seq ${order}`).iterate();
    yield* rows.flatMap((row) => soundMemory(row));
  } catch {
    // A bad page, or no database at all: what comes after it is out of reach from this side.
  } finally {
    db?.close();
  }
}

function soundMemory(row: Parameters<typeof memoryOf>[0]): Memory[] {
  try {
    return [memoryOf(row)];
  } catch {
    return [];
  }
}

function freeName(name: string): string {
  for (let n = 0; ; n += 1) {
    const candidate = n === 0 ? name : `${name}-${n}`;
    if (!existsSync(candidate)) return candidate;
  }
}
