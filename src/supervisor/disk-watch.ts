import { statfsSync } from 'node:fs';
import type { Problem } from '../registry/problem.ts';

/** Below this many free bytes the disk counts as full: a start mark, a journal page and a log line no longer fit safely. */
const FULL_BELOW_BYTES = 64 * 1024;

/** Whether the disk below the runtime directory is full (F46). Cheap enough to ask before every restart. */
export class DiskWatch {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  isFull(): boolean {
    try {
      const { bavail, bsize } = statfsSync(this.#dir);
      return bavail * bsize < FULL_BELOW_BYTES;
    } catch {
      return false;
    }
  }

  banner(): Problem | null {
    if (!this.isFull()) return null;
    return {
      what: 'the disk is full',
      why: `nothing can be written below ${this.#dir}; restarts are held and nothing is lost`,
      next: 'free some space; everything goes on by itself',
    };
  }
}
