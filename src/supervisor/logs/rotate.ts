import { closeSync, constants, fstatSync, lstatSync, openSync, read, rmSync, statfsSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { errnoText } from '../../registry/errno.ts';
import type { Problem } from '../../registry/problem.ts';
import {
  adoptArchive,
  archivePath,
  dropOldArchives,
  fingerprint,
  newArchivePath,
  type RotationLimits,
  settledPosition,
} from './archives.ts';
import { CUT_LADDER, type CutDone, type CutMethod, type CutTool } from './cut.ts';
import { openLogForCutting } from './log-file.ts';
import { type LogPosition, writePosition } from './log-position.ts';

export interface RotationResult {
  /** What was done; `none`: the log was within its limit, or could not be rotated (then `problem` says why). */
  readonly method: 'none' | 'renamed' | CutMethod;
  /** Bytes that now stand in `<log>.1`. */
  readonly archivedBytes: number;
  /** Bytes that are gone for good, apart from those of the oldest archive. */
  readonly droppedBytes: number;
  readonly problem: Problem | null;
}

const NOTHING_DONE: RotationResult = { method: 'none', archivedBytes: 0, droppedBytes: 0, problem: null };
/** A running log keeps so much (or a quarter of its limit): its last lines stay where people look for them. */
const KEPT_TAIL = 1024 * 1024;
/** Free space that a copy must leave. */
const SPARE_BYTES = 128 * 1024;
const COPY_BYTES = 256 * 1024;

const readAsync = promisify(read);
const writeAsync = promisify(write);

/** Rotations under way in this process, by log. */
const running = new Map<string, Promise<RotationResult>>();

/**
 * Before a start, while nobody writes: renames a log that is over its limit. Lossless, unless the log alone is larger
 * than all archives may be. The caller opens a new one.
 */
export async function rotateOnStart(path: string, limits: RotationLimits): Promise<RotationResult> {
  await running.get(path);
  try {
    return renameLog(path, limits) ?? (await rotateRunning(path, limits));
  } catch (error) {
    return { ...NOTHING_DONE, problem: notRotated(path, errnoText(error)) };
  }
}

/**
 * Shortens the log of a running server, which keeps its descriptor: copies the beginning to `<log>.1`, then removes it
 * by the first method that works here ({@link CUT_LADDER}). Nothing is lost with collapse and punch; truncating may
 * lose what is written in the microseconds between the last read and the cut. Without room for a copy the beginning is
 * dropped, and `problem` says so. Calls for one log never overlap.
 */
export function rotateRunning(
  path: string,
  limits: RotationLimits,
  ladder: readonly CutTool[] = CUT_LADDER,
): Promise<RotationResult> {
  const before = running.get(path);
  if (before) return before;
  const rotation = cutLog(path, limits, ladder)
    .catch((error: unknown) => ({ ...NOTHING_DONE, problem: notRotated(path, errnoText(error)) }))
    .finally(() => running.delete(path));
  running.set(path, rotation);
  return rotation;
}

/** Finishes a rotation whose process died in the middle. For the supervisor only, when it takes over a log. */
export function settleRotation(path: string): void {
  if (!running.has(path)) settledPosition(path);
}

/** Null when the log is so large that as an archive it would break the bound on the disk. */
function renameLog(path: string, { maxBytes, keep }: RotationLimits): RotationResult | null {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats?.isFile()) return NOTHING_DONE;
  const position = settledPosition(path);
  const bytes = stats.size - position.head;
  if (bytes <= maxBytes) return NOTHING_DONE;
  if (bytes > Math.max(KEPT_TAIL, keep * maxBytes)) return null;
  const { base, head, generation } = position;
  const archives = [{ ino: stats.ino, start: base, head }, ...position.archives].slice(0, keep);
  const cutting = { bytes: stats.size, ino: stats.ino, size: stats.size, fingerprint: '', keep };
  writePosition(path, { ...position, archives, cutting });
  dropOldArchives(path, keep, (keep + 1) * maxBytes - bytes);
  adoptArchive(path, path, keep);
  // One position stays free: a line never goes on in another file.
  writePosition(path, { generation: generation + 1, base: base + stats.size + 1, head: 0, archives, cutting: null });
  return {
    ...NOTHING_DONE,
    method: 'renamed',
    archivedBytes: keep > 0 ? bytes : 0,
    droppedBytes: keep > 0 ? 0 : bytes,
  };
}

async function cutLog(
  path: string,
  { maxBytes, keep }: RotationLimits,
  ladder: readonly CutTool[],
): Promise<RotationResult> {
  const opened = openLogForCutting(path);
  if (!opened.ok) return { ...NOTHING_DONE, problem: opened.problem };
  const { fd } = opened.value;
  let archive: Archive | null = null;
  try {
    const position = settledPosition(path);
    const { head } = position;
    const { size } = fstatSync(fd);
    const bytes = cutPoint(path, size, maxBytes);
    if (size - head <= maxBytes || bytes <= head) return NOTHING_DONE;
    const from = Math.max(head, bytes - keep * maxBytes);
    // Until the cut, what is copied stands there twice.
    dropOldArchives(path, keep, (keep + 1) * maxBytes - (size - head) - (bytes - from));
    const copied = await copyBeginning(path, fd, { from, to: bytes, keep });
    archive = copied.archive;
    const announced = announce(path, fd, position, { bytes, archive, keep });
    if (!announced && archive) {
      closeSync(archive.fd);
      rmSync(archive.path, { force: true });
      archive = null;
    }
    // Collapsing moves what readers are about to read: never without having said so.
    const tools = announced ? ladder : ladder.filter(({ method }) => method !== 'collapsed');
    const done = await firstThatWorks(tools, fd, bytes, archive);
    if (done && archive) adoptArchive(path, archive.path, keep);
    if (done || announced) {
      const moved = done ? { base: position.base + done.shift, head: done.head } : {};
      writePosition(path, { ...(announced ?? position), ...moved, generation: position.generation + 1, cutting: null });
    }
    if (!done) return { ...NOTHING_DONE, problem: notRotated(path, 'no method works on this file system') };
    return {
      method: done.method,
      archivedBytes: archive ? archive.bytes + done.moreArchived : 0,
      droppedBytes: bytes - head - (archive?.bytes ?? 0) + done.moreDropped,
      problem: announced ? copied.problem : notCopied(path),
    };
  } finally {
    closeSync(fd);
    if (archive) closeSync(archive.fd);
  }
}

/** The largest offset that leaves a tail and is a whole number of blocks, as collapsing needs it. */
function cutPoint(path: string, size: number, maxBytes: number): number {
  const block = statfsSync(path).bsize;
  const wanted = size - Math.min(KEPT_TAIL, maxBytes / 4);
  return wanted - (wanted % block);
}

interface Archive {
  readonly path: string;
  readonly fd: number;
  readonly ino: number;
  /** Offset in the log where it begins, and its length. */
  readonly from: number;
  readonly bytes: number;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly keep: number;
}

async function copyBeginning(
  path: string,
  fd: number,
  { from, to, keep }: Range,
): Promise<{ readonly archive: Archive | null; readonly problem: Problem | null }> {
  if (keep === 0) return { archive: null, problem: null };
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize < to - from + SPARE_BYTES) return { archive: null, problem: notCopied(path) };
  const target = newArchivePath(path);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const copy = openSync(target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    const buffer = Buffer.allocUnsafe(COPY_BYTES);
    for (let position = from; position < to; ) {
      const { bytesRead } = await readAsync(fd, buffer, 0, Math.min(buffer.length, to - position), position);
      if (bytesRead === 0) break;
      for (let written = 0; written < bytesRead; ) {
        written += (await writeAsync(copy, buffer, written, bytesRead - written)).bytesWritten;
      }
      position += bytesRead;
    }
    const { ino, size } = fstatSync(copy);
    return { archive: { path: target, fd: copy, ino, from, bytes: size }, problem: null };
  } catch {
    closeSync(copy);
    rmSync(target, { force: true });
    return { archive: null, problem: notCopied(path) };
  }
}

/** Writes down what is about to happen. Null when even that finds no room. */
function announce(
  path: string,
  fd: number,
  position: LogPosition,
  { bytes, archive, keep }: { readonly bytes: number; readonly archive: Archive | null; readonly keep: number },
): LogPosition | null {
  const { ino, size } = fstatSync(fd);
  const added = archive ? [{ ino: archive.ino, start: position.base + archive.from, head: 0 }] : [];
  const archives = [...added, ...position.archives].slice(0, keep);
  const cutting = { bytes, ino, size, fingerprint: fingerprint(fd, position.head), keep };
  try {
    writePosition(path, { ...position, archives, cutting });
    return { ...position, archives, cutting };
  } catch {
    return null;
  }
}

async function firstThatWorks(
  ladder: readonly CutTool[],
  fd: number,
  bytes: number,
  archive: Archive | null,
): Promise<(CutDone & { readonly method: CutMethod }) | null> {
  for (const { method, cut } of ladder) {
    const done = await cut(fd, bytes, archive?.fd ?? null);
    if (done) return { ...done, method };
  }
  return null;
}

function notCopied(path: string): Problem {
  return {
    what: `the older part of ${path} was dropped without a copy`,
    why: 'too little free space',
    next: 'free some space',
  };
}

function notRotated(path: string, why: string): Problem {
  return {
    what: `${path} could not be rotated`,
    why,
    next: `look at the permissions of ${archivePath(path, 1)} and its directory`,
  };
}
