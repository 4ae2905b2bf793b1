import { createHash } from 'node:crypto';
import { closeSync, lstatSync, readSync, rmSync } from 'node:fs';
import { adoptArchive, newArchivePath } from './archives.ts';
import { openLogForReading } from './log-file.ts';
import { type Cut, type LogPosition, readPosition, writePosition } from './log-position.ts';

const FINGERPRINT_BYTES = 4096;

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
  const copy = lstatSync(newArchivePath(log), { throwIfNoEntry: false });
  if (found && copy) adoptArchive(log, newArchivePath(log), cutting.keep);
  else rmSync(newArchivePath(log), { force: true });
  // Truncating copies more than was announced: what is in the archive is not in the log.
  const copied = found && copy && position.archives.find(({ ino }) => ino === copy.ino);
  const moved = copied ? { ...found, base: Math.max(found.base, copied.start + copy.size - found.head) } : found;
  const settled = { ...position, ...moved, generation: position.generation + 1, cutting: null };
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
