import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  read,
  renameSync,
  rmSync,
  statfsSync,
  write,
} from 'node:fs';
import { promisify } from 'node:util';

/** Free space that a copy must leave. */
const SPARE_BYTES = 128 * 1024;
const COPY_BYTES = 1024 * 1024;

const readAsync = promisify(read);
const writeAsync = promisify(write);

/** When a log is rotated, and how many archives are kept. Log and archives together take about (`keep` + 1) × `maxBytes`. */
export interface RotationLimits {
  readonly maxBytes: number;
  readonly keep: number;
}

/** `<log>.1` is the youngest. */
export function archivePath(log: string, number: number): string {
  return `${log}.${number}`;
}

/** Where the next archive is written before it takes its number. */
export function newArchivePath(log: string): string {
  return `${log}.1.new`;
}

/** Makes way for a new archive: of the old ones only the youngest `keep` - 1 stay, and of those what fits into `room` bytes. */
export function dropOldArchives(log: string, keep: number, room: number): void {
  let left = room;
  for (let number = 1; ; number++) {
    const path = archivePath(log, number);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (!stats) return;
    // A punched file takes less than its length.
    left -= Math.min(stats.size, stats.blocks * 512);
    if (left < 0 || number >= keep) {
      left = -1;
      rmSync(path, { force: true });
    }
  }
}

/** Makes `from` number 1; the others move up by one. */
export function adoptArchive(log: string, from: string, keep: number): void {
  let count = 0;
  while (lstatSync(archivePath(log, count + 1), { throwIfNoEntry: false })) count++;
  for (let number = count; number >= 1; number--) renameSync(archivePath(log, number), archivePath(log, number + 1));
  if (count >= keep) rmSync(archivePath(log, keep + 1), { force: true });
  if (keep > 0) renameSync(from, archivePath(log, 1));
  else rmSync(from, { force: true });
}

/** The copy of a log's beginning, before it takes its number. */
export interface NewArchive {
  readonly path: string;
  /** Open for writing: a cut may have more to add. Whoever asked for the copy closes it. */
  readonly fd: number;
  readonly ino: number;
  /** Offset in the log where it begins, and its length. */
  readonly from: number;
  readonly bytes: number;
}

/** Copies `[from, to)` of an open log. Null when there is too little room, with {@link SPARE_BYTES} to remain. */
export async function copyToNewArchive(log: string, fd: number, from: number, to: number): Promise<NewArchive | null> {
  const { bavail, bsize } = statfsSync(log);
  if (bavail * bsize < to - from + SPARE_BYTES) return null;
  const path = newArchivePath(log);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const copy = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await copyRange(fd, copy, from, to);
    const { ino, size } = fstatSync(copy);
    return { path, fd: copy, ino, from, bytes: size };
  } catch {
    closeSync(copy);
    rmSync(path, { force: true });
    return null;
  }
}

async function copyRange(source: number, target: number, from: number, to: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, to - from));
  for (let position = from; position < to; ) {
    const { bytesRead } = await readAsync(source, buffer, 0, Math.min(buffer.length, to - position), position);
    if (bytesRead === 0) return;
    for (let written = 0; written < bytesRead; ) {
      written += (await writeAsync(target, buffer, written, bytesRead - written)).bytesWritten;
    }
    position += bytesRead;
  }
}
