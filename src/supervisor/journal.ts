import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import * as z from 'zod';
import type { Desired, Era, HistoryEvent } from './api.ts';
import { requireRegularFile } from './process/file-guard.ts';
import type { ProcessIdentity } from './process/identity.ts';

/**
 * What must survive the supervisor: per unit the wish, the process it may have, and its failures; and the events.
 * One SQLite file, `cockpit.db`, WAL with `synchronous=FULL`, so that an intent is on disk before a process exists (R6).
 */
export interface UnitRecord {
  readonly name: string;
  /** null: never touched, so `autostart` decides. */
  readonly desired: Desired | null;
  /** The nonce of the process that runs or is about to; null when nothing does. */
  readonly nonce: string | null;
  /** Known once the spawn returned; null with a nonce = an intent whose outcome nobody recorded. */
  readonly identity: ProcessIdentity | null;
  readonly wasReady: boolean;
  readonly crashed: boolean;
  readonly failures: readonly number[];
  readonly restarts: number;
  /** `LaunchSpec.hash` of what runs. */
  readonly hash: string | null;
  readonly transport: string | null;
  readonly port: number | null;
  readonly era: Era | null;
  /** PATH of the command that asked for the start: later restarts use the same (F54). */
  readonly path: string | null;
}

export interface JournalOpened {
  readonly journal: Journal;
  /** Where an unreadable database was moved; its units must be found again by their nonces. */
  readonly movedAside: string | null;
  /** No database was there: nothing is known of what may run. */
  readonly fresh: boolean;
}

const SCHEMA_VERSION = 1;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS units(name TEXT PRIMARY KEY, record TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS events(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, server TEXT, kind TEXT NOT NULL, text TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS events_by_server ON events(server, id);
`;
/** The files that SQLite keeps for one database in WAL mode. */
const SUFFIXES = ['', '-wal', '-shm'];
const KEEP_EVENTS = 50_000;
const TRIM_EVERY = 1_000;

const SAVE = 'INSERT INTO units VALUES(?, ?) ON CONFLICT(name) DO UPDATE SET record = excluded.record';
const NOTE = 'INSERT INTO events(at, server, kind, text) VALUES(?, ?, ?, ?)';
const TRIM = 'DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?';

/** An event of a unit, or of the supervisor itself. */
export interface Note extends HistoryEvent {
  readonly server: string | null;
}

const identitySchema = z.object({
  pid: z.int().positive(),
  startTicks: z.int(),
  bootId: z.string(),
  pidNamespace: z.string(),
  nonce: z.string(),
});

const recordSchema = z.object({
  name: z.string(),
  desired: z.enum(['running', 'stopped']).nullable(),
  nonce: z.string().nullable(),
  identity: identitySchema.nullable(),
  wasReady: z.boolean(),
  crashed: z.boolean(),
  failures: z.array(z.number()),
  restarts: z.int(),
  hash: z.string().nullable(),
  transport: z.string().nullable(),
  port: z.int().nullable(),
  era: z.enum(['legacy', 'modern']).nullable(),
  path: z.string().nullable(),
});

export function emptyRecord(name: string): UnitRecord {
  return {
    name,
    desired: null,
    nonce: null,
    identity: null,
    wasReady: false,
    crashed: false,
    failures: [],
    restarts: 0,
    hash: null,
    transport: null,
    port: null,
    era: null,
    path: null,
  };
}

function journalPath(runtimeDir: string): string {
  return join(runtimeDir, 'cockpit.db');
}

/**
 * Opens the journal for writing (only the holder of the lock may). A database that is no database is moved aside, never
 * deleted. Throws when a newer version wrote it, or the directory cannot be written.
 */
export function openJournal(runtimeDir: string): JournalOpened {
  const path = journalPath(runtimeDir);
  for (const suffix of SUFFIXES) requireRegularFile(path + suffix);
  const fresh = !existsSync(path);
  try {
    return { journal: new Journal(path, false), movedAside: null, fresh };
  } catch (error) {
    if (!isCorrupt(error)) throw error;
  }
  const aside = `${path}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}-${randomBytes(2).toString('hex')}`;
  for (const suffix of SUFFIXES) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return { journal: new Journal(path, false), movedAside: aside, fresh: true };
}

/** The journal for looking only; null when there is none or it cannot be read. */
export function peekJournal(runtimeDir: string): Journal | null {
  const path = journalPath(runtimeDir);
  if (!existsSync(path)) return null;
  try {
    for (const suffix of SUFFIXES) requireRegularFile(path + suffix);
    return new Journal(path, true);
  } catch {
    return null;
  }
}

export class Journal {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #sinceTrim = 0;

  constructor(path: string, readOnly: boolean) {
    this.#db = new DatabaseSync(path, { readOnly, timeout: 2_000 });
    try {
      if (!readOnly) this.#prepare(path);
      this.#checkVersion();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #prepare(path: string): void {
    chmodSync(path, 0o600);
    this.#db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=400');
    // All of it or nothing: who looks in after a kill -9 in the middle finds no half of a schema.
    this.#db.exec(`BEGIN; ${SCHEMA} COMMIT`);
    this.#db.prepare('INSERT OR IGNORE INTO meta VALUES(?, ?)').run('schema', String(SCHEMA_VERSION));
    for (const name of ['units', 'events', 'meta']) this.#db.prepare(`SELECT count(*) FROM ${name}`).get();
  }

  #checkVersion(): void {
    const row = this.#db.prepare("SELECT value FROM meta WHERE key = 'schema'").get();
    if (row && Number(row.value) > SCHEMA_VERSION) {
      throw new NewerJournalError(Number(row.value));
    }
  }

  /** Records that do not parse are left out: their units are found again by nonce. */
  records(): UnitRecord[] {
    return this.#db
      .prepare('SELECT record FROM units ORDER BY name')
      .all()
      .flatMap((row) => {
        const parsed = recordSchema.safeParse(parseJson(String(row.record)));
        return parsed.success ? [parsed.data] : [];
      });
  }

  /** One transaction: all of it is on disk when this returns, or none of it and it throws. */
  write(records: readonly UnitRecord[], notes: readonly Note[]): void {
    this.#run('BEGIN');
    try {
      for (const record of records) this.#run(SAVE, record.name, JSON.stringify(record));
      for (const { at, server, kind, text } of notes) this.#run(NOTE, Math.round(at), server, kind, text);
      this.#sinceTrim += notes.length;
      if (this.#sinceTrim >= TRIM_EVERY) this.#run(TRIM, KEEP_EVENTS);
      this.#run('COMMIT');
    } catch (error) {
      // A failed commit may have ended the transaction already.
      if (this.#db.isTransaction) this.#run('ROLLBACK');
      throw error;
    }
    this.#sinceTrim %= TRIM_EVERY;
  }

  forget(name: string): void {
    this.#run('DELETE FROM units WHERE name = ?', name);
  }

  /** Newest first. */
  history(server: string, limit: number): HistoryEvent[] {
    return this.#db
      .prepare('SELECT at, kind, text FROM events WHERE server = ? ORDER BY id DESC LIMIT ?')
      .all(server, limit)
      .map((row) => ({ at: Number(row.at), kind: String(row.kind), text: String(row.text) }));
  }

  close(): void {
    this.#db.close();
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    const statement = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, statement);
    statement.run(...values);
  }
}

class NewerJournalError extends Error {
  constructor(version: number) {
    super(`cockpit.db was written by a newer MCP Cockpit (schema ${version}, this one knows ${SCHEMA_VERSION})`);
  }
}

/** SQLITE_FULL, IOERR, READONLY or CANTOPEN: the disk is full, failing or read-only by now, and the old state is intact. */
export function isDiskTrouble(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return [13, 10, 8, 14].includes(code) || (error instanceof Error && 'code' in error && error.code === 'ENOSPC');
}

/** SQLITE_CORRUPT, SQLITE_NOTADB, or a table of another shape under our name. */
function isCorrupt(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === 11 || code === 26 || code === 1;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
