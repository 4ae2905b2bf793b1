import { createHash } from 'node:crypto';
import { closeSync, lstatSync, readSync, renameSync, rmSync } from 'node:fs';
import { openLogForReading } from './log-file.ts';
import { type Cut, type LogPosition, readPosition, writePosition } from './log-position.ts';

const FINGERPRINT_BYTES = 4096;

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

/** Hash of the first data bytes of an open log. */
export function fingerprint(fd: number, head: number): string {
  const bytes = Buffer.alloc(FINGERPRINT_BYTES);
  const read = readSync(fd, bytes, 0, bytes.length, head);
  return createHash('sha256').update(bytes.subarray(0, read)).digest('base64url');
}

/**
 * The position of a log, after putting right what a rotation left behind whose process died in the middle: an archive
 * without a number, and a position that may be from before or from after the cut. For the one who rotates only.
 */
export function settledPosition(log: string): LogPosition {
  const position = readPosition(log);
  const { cutting } = position;
  if (!cutting) {
    rmSync(newArchivePath(log), { force: true });
    return position;
  }
  const found = afterCut(log, position, cutting);
  const copied = lstatSync(newArchivePath(log), { throwIfNoEntry: false }) !== undefined;
  if (found && copied) adoptArchive(log, newArchivePath(log), cutting.keep);
  else rmSync(newArchivePath(log), { force: true });
  const settled = { ...position, ...found, generation: position.generation + 1, cutting: null };
  writePosition(log, settled);
  return settled;
}

/** Where the file stands when the cut happened; null when it did not. */
function afterCut(log: string, { base, head }: LogPosition, cut: Cut): Pick<LogPosition, 'base' | 'head'> | null {
  const stats = lstatSync(log, { throwIfNoEntry: false });
  if (stats?.ino !== cut.ino) return { base: base + cut.bytes + 1, head: 0 };
  if (cut.fingerprint === '') return null;
  const opened = openLogForReading(log);
  if (!opened.ok) return null;
  const { fd } = opened.value;
  try {
    if (stats.size >= cut.size && fingerprint(fd, head) === cut.fingerprint) return null;
    const first = Buffer.alloc(1, 1);
    readSync(fd, first, 0, 1, head);
    return first[0] === 0 && stats.size >= cut.bytes ? { base, head: cut.bytes } : { base: base + cut.bytes, head: 0 };
  } finally {
    closeSync(fd);
  }
}
