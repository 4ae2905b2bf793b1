import { randomUUID } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Memory } from './memory.ts';
import { indexedText } from './query.ts';
import { DamagedRow } from './sqlite-error.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** The columns that {@link memoryOf} reads, of a table known as `m`. */
export const COLUMNS = 'm.id, m.text, m.tags, m.created_at';

/** @throws DamagedRow when there is no memory in it */
export function memoryOf(row: Row): Memory {
  return { id: text(row, 'id'), text: text(row, 'text'), tags: tagsOf(row), createdAt: text(row, 'created_at') };
}

export function numberIn(row: Row | undefined, column: string): number {
  const value = row?.[column];
  return typeof value === 'number' ? value : 0;
}

export function newMemory(content: string, tags: readonly string[]): Memory {
  return { id: randomUUID(), text: content.toWellFormed(), tags, createdAt: new Date().toISOString() };
}

/** Stores and indexes a memory, within the caller's transaction. False when its id is there already: nothing changes. */
export function insertMemory(db: DatabaseSync, { id, text: content, tags, createdAt }: Memory): boolean {
  const { changes, lastInsertRowid } = db
    .prepare('INSERT INTO memories (id, text, tags, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING')
    .run(id, content, JSON.stringify(tags), createdAt);
  if (Number(changes) === 0) return false;
  db.prepare('INSERT INTO memory_index (rowid, text, tags) VALUES (?, ?, ?)').run(
    lastInsertRowid,
    indexedText(content),
    indexedText(tags.join(' ')),
  );
  return true;
}

/** Runs `work` as one write transaction: all of it is on disk afterwards, or none. */
export function inTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new DamagedRow(`column ${column} holds no text`);
  return value;
}

function tagsOf(row: Row): string[] {
  try {
    const tags: unknown = JSON.parse(text(row, 'tags'));
    if (Array.isArray(tags)) return tags.filter((tag) => typeof tag === 'string');
  } catch {
    // As wrong as another kind of value.
  }
  throw new DamagedRow('column tags holds no list');
}
