import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from './api.ts';
import { isDiskTrouble, type Journal, type Note, openJournal, type UnitRecord } from './journal.ts';
import { writeSmallFile } from './process/file-guard.ts';

/** A note may wait so long for a record to be written with; each write costs a flush of the disk (milliseconds). */
const NOTES_WAIT_MS = 50;

/** The journal as the engine uses it: what is recorded of each unit, and a full disk that is reported instead of thrown. */
export class Ledger {
  readonly #runtimeDir: string;
  readonly #journal: Journal;
  readonly #records: Map<string, UnitRecord>;
  #notes: Note[] = [];
  #closed = false;

  /** @throws when the journal was written by a newer version, or cannot be written */
  constructor(runtimeDir: string) {
    const opened = openJournal(runtimeDir);
    this.#runtimeDir = runtimeDir;
    this.#journal = opened.journal;
    this.#records = new Map(this.#journal.records().map((record) => [record.name, record]));
    if (opened.movedAside) this.note(null, 'journal', `it was damaged: moved to ${opened.movedAside} and rebuilt`);
  }

  get records(): ReadonlyMap<string, UnitRecord> {
    return this.#records;
  }

  /** False when there was no room: the old record is intact on disk and the new one is known here. */
  save(record: UnitRecord): boolean {
    this.#records.set(record.name, record);
    return this.#write([record]);
  }

  /** On disk with the next record, or in a moment. A full disk costs it. */
  note(server: string | null, kind: string, text: string): void {
    if (this.#notes.length === 0) setTimeout(() => this.#writeNotes(), NOTES_WAIT_MS).unref();
    this.#notes.push({ at: Date.now(), server, kind, text });
  }

  forget(name: string): void {
    this.#records.delete(name);
    this.#orFull(() => this.#journal.forget(name));
  }

  history(name: string, limit: number): readonly HistoryEvent[] {
    this.#writeNotes();
    return this.#journal.history(name, limit);
  }

  /** What is still under way writes nothing any more: the next supervisor finds it as it was left. */
  close(): void {
    this.#writeNotes();
    this.#closed = true;
    this.#journal.close();
  }

  #writeNotes(): void {
    if (this.#notes.length > 0) this.#write([]);
  }

  #write(records: readonly UnitRecord[]): boolean {
    const notes = this.#notes;
    this.#notes = [];
    return this.#orFull(() => {
      this.#journal.write(records, notes);
      for (const record of records) writePidFile(this.#runtimeDir, record);
    });
  }

  #orFull(write: () => void): boolean {
    if (this.#closed) return false;
    try {
      write();
      return true;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return false;
    }
  }
}

/** `<server>.pid` is for people and scripts; the journal is what we go by, so a pid file that cannot be written is none. */
function writePidFile(runtimeDir: string, { name, identity }: UnitRecord): void {
  const path = join(runtimeDir, `${name}.pid`);
  try {
    if (identity) writeSmallFile(path, `${identity.pid}\n`);
    else rmSync(path, { force: true });
  } catch {
    // A full disk, or somebody put a directory there.
  }
}
