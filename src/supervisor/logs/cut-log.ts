import { closeSync, fstatSync, rmSync, statfsSync } from 'node:fs';
import type { Problem } from '../../registry/problem.ts';
import {
  adoptArchive,
  archivePath,
  copyToNewArchive,
  dropOldArchives,
  type NewArchive,
  type RotationLimits,
} from './archives.ts';
import type { CutDone, CutMethod, CutTool } from './cut.ts';
import { openLogForCutting } from './log-file.ts';
import { type LogPosition, writePosition } from './log-position.ts';
import { fingerprint, settledPosition } from './settled-position.ts';

/** A running log keeps so much (or a quarter of its limit): its last lines stay where people look for them. */
export const KEPT_TAIL = 1024 * 1024;

export interface RotationResult {
  /** What was done; `none`: the log was within its limit, or could not be rotated (then `problem` says why). */
  readonly method: 'none' | 'renamed' | CutMethod;
  /** Bytes that now stand in `<log>.1`. */
  readonly archivedBytes: number;
  /** Bytes that are gone for good, apart from those of the oldest archive. */
  readonly droppedBytes: number;
  readonly problem: Problem | null;
}

export const NOTHING_DONE: RotationResult = { method: 'none', archivedBytes: 0, droppedBytes: 0, problem: null };

/**
 * Shortens a log once, if it is over its limit: copies the beginning to a new archive, says what is about to happen,
 * removes the beginning by the first tool that works, and says where everything stands now.
 */
export async function cutLog(
  path: string,
  { maxBytes, keep }: RotationLimits,
  ladder: readonly CutTool[],
): Promise<RotationResult> {
  const opened = openLogForCutting(path);
  if (!opened.ok) return { ...NOTHING_DONE, problem: opened.problem };
  const { fd } = opened.value;
  let archive: NewArchive | null = null;
  try {
    const position = settledPosition(path);
    const { head } = position;
    const { size } = fstatSync(fd);
    const bytes = cutPoint(path, size, maxBytes);
    if (size - head <= maxBytes || bytes <= head) return NOTHING_DONE;
    // A log far beyond all limits must become small quickly: then one archive is enough.
    const flooded = size - head > (keep + 1) * maxBytes;
    const from = Math.max(head, bytes - Math.min(keep, flooded ? 1 : keep) * maxBytes);
    // Until the cut, what is copied stands there twice.
    dropOldArchives(path, keep, (keep + 1) * maxBytes - (size - head) - (bytes - from));
    if (keep > 0) archive = await copyToNewArchive(path, fd, from, bytes);
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
      problem: keep > 0 && !archive ? notCopied(path) : null,
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

/** Writes down what is about to happen. Null when even that finds no room. */
function announce(
  path: string,
  fd: number,
  position: LogPosition,
  { bytes, archive, keep }: { readonly bytes: number; readonly archive: NewArchive | null; readonly keep: number },
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
  archive: NewArchive | null,
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

export function notRotated(path: string, why: string): Problem {
  return {
    what: `${path} could not be rotated`,
    why,
    next: `look at the permissions of ${archivePath(path, 1)} and its directory`,
  };
}
