import type { DatabaseSync } from 'node:sqlite';
import { ProblemError } from '../registry/problem.ts';

/** Marks the file as ours ("MCPm"), so that another program's database is never written to. */
const APPLICATION_ID = 0x4d_43_50_6d;
const VERSION = 1;

/**
 * The index keeps no copy of the texts (`content=''`): it holds {@link indexedText} of them, under the same row number.
 * `seq` orders what was saved in the same millisecond.
 */
const SCHEMA = `
  CREATE TABLE memories (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    tags TEXT NOT NULL CHECK (json_valid(tags)),
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX memories_by_age ON memories (created_at, seq);
  CREATE VIRTUAL TABLE memory_index USING fts5 (
    text, tags, content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'porter unicode61 remove_diacritics 2'
  );
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${VERSION};
`;

/** Creates the tables in an empty database; leaves a current one alone. Safe against other processes that do the same. */
export function ensureSchema(db: DatabaseSync): void {
  if (!isEmpty(db)) return;
  db.exec('BEGIN IMMEDIATE');
  try {
    if (isEmpty(db)) db.exec(SCHEMA);
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

/**
 * Looks before anything is written.
 *
 * @throws ProblemError when the database is another program's, or was made by a newer version of this one
 */
export function refuseForeign(db: DatabaseSync, file: string): void {
  if (isEmpty(db)) return;
  if (integer(db, 'PRAGMA application_id') !== APPLICATION_ID) {
    throw new ProblemError({
      what: `${file} is the database of another program`,
      next: 'move it away, or set MCP_DATA_DIR to another directory',
    });
  }
  const version = integer(db, 'PRAGMA user_version');
  if (version > VERSION) {
    throw new ProblemError({
      what: `${file} was written by a newer version of this program`,
      why: `its format is ${version}, this version knows ${VERSION}`,
      next: 'update this program, or set MCP_DATA_DIR to another directory',
    });
  }
}

function isEmpty(db: DatabaseSync): boolean {
  return integer(db, 'SELECT count(*) FROM sqlite_schema') === 0;
}

function integer(db: DatabaseSync, sql: string): number {
  const value = Object.values(db.prepare(sql).get() ?? {})[0];
  return typeof value === 'number' ? value : 0;
}
