import { spawn } from 'node:child_process';
import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';

export type CutMethod = 'collapsed' | 'punched' | 'truncated';

/** What a cut did to the file. */
export interface CutDone {
  /** By how much the bytes that stayed moved to the front. */
  readonly shift: number;
  /** Length of the hole at the beginning. */
  readonly head: number;
  /** Bytes that went beyond what was asked for, with and without a copy. */
  readonly moreArchived: number;
  readonly moreDropped: number;
}

/** One way to remove the beginning of a file that another process appends to. */
export interface CutTool {
  readonly method: CutMethod;
  /** Removes the first `bytes` (whole blocks); `archive` takes what else must go. Null: not possible here. */
  cut(fd: number, bytes: number, archive: number | null): Promise<CutDone | null>;
}

const FALLOCATE_MS = 30_000;
const COPY_BYTES = 256 * 1024;
/** A writer faster than the copy is never caught up with: after so much the rest is let go. */
const MAX_CHASE = 64 * 1024 * 1024;

/** Best first (R18): collapse works on ext4 and XFS, punch also on tmpfs and Btrfs, truncate everywhere. */
export const CUT_LADDER: readonly CutTool[] = [
  {
    method: 'collapsed',
    cut: async (fd, bytes) =>
      (await fallocate(fd, '--collapse-range', bytes))
        ? { shift: bytes, head: 0, moreArchived: 0, moreDropped: 0 }
        : null,
  },
  {
    method: 'punched',
    cut: async (fd, bytes) =>
      (await fallocate(fd, '--punch-hole', bytes)) ? { shift: 0, head: bytes, moreArchived: 0, moreDropped: 0 } : null,
  },
  { method: 'truncated', cut: async (fd, bytes, archive) => truncate(fd, bytes, archive) },
];

/** util-linux's `fallocate` on our own descriptor, so that no path is resolved again. False where it cannot. */
function fallocate(fd: number, operation: string, bytes: number): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('fallocate', [operation, '--offset', '0', '--length', String(bytes), '/proc/self/fd/3'], {
      stdio: ['ignore', 'ignore', 'ignore', fd],
      timeout: FALLOCATE_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Copies to the end until nothing is left and truncates in the same breath. */
function truncate(fd: number, bytes: number, archive: number | null): CutDone {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  let end = bytes;
  let archived = 0;
  if (archive !== null) {
    try {
      for (let read = 1; read > 0 && archived < MAX_CHASE; ) {
        read = readSync(fd, buffer, 0, buffer.length, end);
        if (read > 0) archived += writeSync(archive, buffer, 0, read);
        end += read;
      }
    } catch {
      // No room for the rest: what was copied stays.
    }
  }
  const { size } = fstatSync(fd);
  ftruncateSync(fd, 0);
  return { shift: size, head: 0, moreArchived: archived, moreDropped: size - bytes - archived };
}
