import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HistoryEvent } from './api.ts';
import { isDiskTrouble, type Journal, openJournal, type UnitRecord } from './journal.ts';
import { writeSmallFile } from './process/file-guard.ts';

/** The journal as the engine uses it: what is recorded of each unit, and a full disk that is reported instead of thrown. */
export class Ledger {
  readonly #runtimeDir: string;
  readonly #journal: Journal;
  readonly #records: Map<string, UnitRecord>;
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
    return this.#orFull(() => {
      this.#journal.save(record);
      writePidFile(this.#runtimeDir, record);
    });
  }

  note(server: string | null, kind: string, text: string): void {
    this.#orFull(() => this.#journal.note(Date.now(), server, kind, text));
  }

  forget(name: string): void {
    this.#records.delete(name);
    this.#orFull(() => this.#journal.forget(name));
  }

  history(name: string, limit: number): readonly HistoryEvent[] {
    return this.#journal.history(name, limit);
  }

  /** What is still under way writes nothing any more: the next supervisor finds it as it was left. */
  close(): void {
    this.#closed = true;
    this.#journal.close();
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
