import { lstatSync } from 'node:fs';
import { errnoText } from '../../registry/errno.ts';
import { adoptArchive, dropOldArchives, type RotationLimits } from './archives.ts';
import { CUT_LADDER, type CutTool } from './cut.ts';
import { cutLog, KEPT_TAIL, NOTHING_DONE, notRotated, type RotationResult } from './cut-log.ts';
import { writePosition } from './log-position.ts';
import { settledPosition } from './settled-position.ts';

const MAX_ROUNDS = 100;

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
  const rotation = cutUntilSmall(path, limits, ladder)
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

/** Under a flood the log is over its limit again before the cut is done. */
async function cutUntilSmall(
  path: string,
  limits: RotationLimits,
  ladder: readonly CutTool[],
): Promise<RotationResult> {
  let last = await cutLog(path, limits, ladder);
  let droppedBytes = last.droppedBytes;
  for (let round = 1; last.method !== 'none' && round < MAX_ROUNDS; round++) {
    const next = await cutLog(path, limits, ladder);
    if (next.method === 'none') break;
    last = next;
    droppedBytes += next.droppedBytes;
  }
  return { ...last, droppedBytes };
}
