import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { MemoryDatabase } from './database.ts';
import { type Memory, normalizeTag, normalizeTags } from './memory.ts';
import { patiently } from './patience.ts';
import { matchExpression } from './query.ts';
import { COLUMNS, insertMemory, inTransaction, memoryOf, newMemory, numberIn } from './rows.ts';

/** A memory with its relevance: higher is better, comparable within one search only. */
export interface Found extends Memory {
  readonly score: number;
}

export interface Page {
  readonly memories: readonly Memory[];
  /** How many there are in all, beyond this page too. */
  readonly total: number;
}

/** Written at once by an import: other processes get their turn in between. */
const IMPORT_BATCH = 200;

/** A word in the tags says more about a memory than one in its text. */
const SEARCH = `
  SELECT ${COLUMNS}, -bm25(memory_index, 1.0, 2.0) AS score
  FROM memory_index JOIN memories m ON m.seq = memory_index.rowid
  WHERE memory_index MATCH ? ORDER BY score DESC, m.created_at DESC, m.seq DESC LIMIT ?`;

/** For queries without a word, such as an emoji. */
const SUBSTRING_SEARCH = `
  SELECT ${COLUMNS}, 0 AS score FROM memories m
  WHERE instr(m.text, ?1) OR instr(m.tags, ?1) ORDER BY m.created_at DESC, m.seq DESC LIMIT ?2`;

const TAG_FILTER = 'EXISTS (SELECT 1 FROM json_each(m.tags) WHERE value = ?)';

/**
 * What can be done with memories. Each method waits up to ten seconds for other processes that write to the file.
 *
 * @throws every error of SQLite that is neither a held lock nor (dealt with) corruption: a full disk, lost permissions
 */
export class MemoryStore {
  readonly #database: MemoryDatabase;

  /** Opens `file` as {@link MemoryDatabase} does. */
  constructor(file: string, report: (sentence: string) => void) {
    this.#database = new MemoryDatabase(file, report);
  }

  get file(): string {
    return this.#database.file;
  }

  /** Remembers a text. When this resolves, the memory is on disk: it survives kill -9 and power loss. */
  async save(text: string, tags: readonly string[]): Promise<Memory> {
    const memory = newMemory(text, normalizeTags(tags));
    await this.#use((db) => inTransaction(db, () => insertMemory(db, memory)));
    return memory;
  }

  /** The best matches of any text, best first, newer ones first among equals. A blank query finds the newest. */
  async search(query: string, limit: number): Promise<Found[]> {
    const expression = matchExpression(query);
    const [sql, term] = expression === null ? [SUBSTRING_SEARCH, query.trim()] : [SEARCH, expression];
    return this.#use((db) => {
      const rows = db.prepare(sql).all(term, limit);
      return rows.map((row) => ({ ...memoryOf(row), score: numberIn(row, 'score') }));
    });
  }

  /** Newest first; with `tag` only those that carry it. */
  async list(options: { readonly limit: number; readonly offset: number; readonly tag?: string }): Promise<Page> {
    const where = options.tag === undefined ? '' : `WHERE ${TAG_FILTER}`;
    const filter: SQLInputValue[] = options.tag === undefined ? [] : [normalizeTag(options.tag)];
    const select = `SELECT ${COLUMNS} FROM memories m ${where} ORDER BY m.created_at DESC, m.seq DESC LIMIT ? OFFSET ?`;
    return this.#use((db) => ({
      memories: db
        .prepare(select)
        .all(...filter, options.limit, options.offset)
        .map(memoryOf),
      total: numberIn(db.prepare(`SELECT count(*) AS n FROM memories m ${where}`).get(...filter), 'n'),
    }));
  }

  /** Forgets a memory for good. False when there is none with this id. */
  async delete(id: string): Promise<boolean> {
    return this.#use((db) =>
      inTransaction(db, () => {
        const row = db.prepare('DELETE FROM memories WHERE id = ? RETURNING seq').get(id);
        if (row === undefined) return false;
        db.prepare('DELETE FROM memory_index WHERE rowid = ?').run(numberIn(row, 'seq'));
        return true;
      }),
    );
  }

  /** Every memory, oldest first, as of one moment. */
  async all(): Promise<Memory[]> {
    const select = `SELECT ${COLUMNS} FROM memories m ORDER BY m.created_at, m.seq`;
    return this.#use((db) => db.prepare(select).all().map(memoryOf));
  }

  /** Adds those whose ids are new, keeps the others as they are. Returns how many were new. */
  async add(memories: readonly Memory[]): Promise<number> {
    let added = 0;
    for (let start = 0; start < memories.length; start += IMPORT_BATCH) {
      const batch = memories.slice(start, start + IMPORT_BATCH);
      added += await this.#use((db) =>
        inTransaction(db, () => batch.filter((memory) => insertMemory(db, memory)).length),
      );
    }
    return added;
  }

  close(): void {
    this.#database.close();
  }

  #use<T>(work: (db: DatabaseSync) => T): Promise<T> {
    return patiently(() => this.#database.use(work));
  }
}
