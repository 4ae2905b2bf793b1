import { closeSync, constants, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { openLogForReading } from './log-file.ts';

/**
 * Where the bytes of a log stand in the whole of what the server ever wrote.
 *
 * Cutting a log from the front shifts every byte, and renaming it starts a new file. Positions in this count go on
 * through both, so that a reader finds its place again and times stay with their lines. It stands in `<log>.base`;
 * without it the log counts from 0.
 */
export interface LogPosition {
  /** One more for each rotation. */
  readonly generation: number;
  /** Position of the file's first byte. */
  readonly base: number;
  /** Bytes at the beginning of the file that are a hole: punched out, read as zeros. */
  readonly head: number;
  /** What is known of `<log>.1`, `<log>.2` …, found by inode: they are renamed with each rotation. Youngest first. */
  readonly archives: readonly ArchivePosition[];
  /** A cut is under way: what is in the file may shift at any moment. Left behind when its author died. */
  readonly cutting: Cut | null;
}

export interface ArchivePosition {
  readonly ino: number;
  /** Position of its first byte. */
  readonly start: number;
  /** Bytes at its beginning that are a hole. */
  readonly head: number;
}

/** Enough to tell afterwards whether the cut happened, and to finish it. */
export interface Cut {
  /** Everything before this offset of the file goes. */
  readonly bytes: number;
  /** Of the file before the cut, with the hash of its first data bytes; empty when it is renamed as a whole. */
  readonly ino: number;
  readonly size: number;
  readonly fingerprint: string;
  /** How many archives to keep. */
  readonly keep: number;
}

type Check = (value: unknown) => boolean;

const object =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([key, holds]) => holds(Reflect.get(value, key)));

const place: Check = (value) => Number.isSafeInteger(value);
const size: Check = (value) => place(value) && Number(value) >= 0;
const archive = object({ ino: Number.isFinite, start: place, head: size });
const cut = object({
  bytes: place,
  ino: Number.isFinite,
  size: place,
  fingerprint: (value) => typeof value === 'string',
  keep: place,
});
/** Checked by hand: whoever only shows logs would load the schema library for this one file. */
const position = object({
  generation: place,
  base: place,
  head: size,
  archives: (value) => Array.isArray(value) && value.every(archive),
  cutting: (value) => value === null || cut(value),
});
const isPosition = (value: unknown): value is LogPosition => position(value);

const ORIGIN: LogPosition = { generation: 0, base: 0, head: 0, archives: [], cutting: null };

export function positionPath(log: string): string {
  return `${log}.base`;
}

/** Never fails: what cannot be read counts from 0. */
export function readPosition(log: string): LogPosition {
  return new PositionFile(log).read();
}

/** Reads the position of one log again and again; one `lstat` while nothing was rotated. */
export class PositionFile {
  readonly #path: string;
  #position: LogPosition = ORIGIN;
  /** Each write makes a new file. */
  #ino = 0;
  #modified = 0;

  constructor(log: string) {
    this.#path = positionPath(log);
  }

  read(): LogPosition {
    const { ino, mtimeMs } = lstatSync(this.#path, { throwIfNoEntry: false }) ?? { ino: 0, mtimeMs: 0 };
    if (ino !== this.#ino || mtimeMs !== this.#modified) {
      this.#position = ino === 0 ? ORIGIN : parseFile(this.#path);
      this.#ino = ino;
      this.#modified = mtimeMs;
    }
    return this.#position;
  }
}

function parseFile(path: string): LogPosition {
  const opened = openLogForReading(path);
  if (!opened.ok) return ORIGIN;
  try {
    const written: unknown = JSON.parse(readFileSync(opened.value.fd, 'utf8'));
    return isPosition(written) ? written : ORIGIN;
  } catch {
    return ORIGIN;
  } finally {
    closeSync(opened.value.fd);
  }
}

/** Replaces the file as a whole. Throws the system's error when it cannot (the old one then stands). */
export function writePosition(log: string, position: LogPosition): void {
  const path = positionPath(log);
  const temporary = `${path}.new`;
  rmSync(temporary, { force: true });
  const fd = openSync(
    temporary,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    writeSync(fd, JSON.stringify(position));
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(fd);
  }
}
