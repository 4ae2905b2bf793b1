import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { logPath, openLogForReading } from './log-file.ts';
import { PositionFile } from './log-position.ts';
import { settleRotation } from './rotate.ts';

/**
 * When the bytes of a log were written: pairs of (time, end), in the order of `end`. All bytes from the end before it
 * up to `end` were there at `time` (milliseconds since the epoch) and not a tick (100 ms, more with hundreds of logs)
 * earlier; time 0 = nobody watched.
 * Ends are positions as in `log-position.ts`, so they go on through rotations. On disk: the same as little-endian
 * doubles in `<log>.idx`.
 */
export type TimeIndex = Float64Array<ArrayBuffer>;

const ENTRY_BYTES = 16;
/** The index is thinned when it reaches this size: about two hours of uninterrupted output at full precision. */
export const MAX_INDEX_BYTES = 1024 * 1024;
const TICK_MS = 100;
/** More than two hundred logs stretch the tick, so that looking at them stays at about 1 % of a core. */
const TICK_MS_PER_LOG = 0.5;
const UNKNOWN = 0;

export function indexPath(log: string): string {
  return `${log}.idx`;
}

/** Empty when there is none. */
export function readTimeIndex(log: string): TimeIndex {
  const opened = openLogForReading(indexPath(log));
  if (!opened.ok) return new Float64Array();
  const { fd } = opened.value;
  try {
    const size = Math.min(fstatSync(fd).size, 2 * MAX_INDEX_BYTES);
    const bytes = new Uint8Array(size - (size % ENTRY_BYTES));
    const read = readSync(fd, bytes, 0, bytes.length, 0);
    return new Float64Array(bytes.buffer, 0, (read - (read % ENTRY_BYTES)) / 8);
  } catch {
    return new Float64Array();
  } finally {
    closeSync(fd);
  }
}

/** When the byte at `position` was written; null when nobody was there to note it. */
export function timeAt(index: TimeIndex, position: number): number | null {
  let low = 0;
  let high = index.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((index[middle * 2 + 1] ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return index[low * 2] || null;
}

/**
 * The position from which on everything was written at `time` or later. Output of unknown time counts as late unless
 * something known to be earlier follows it. 0 when all of it is late.
 */
export function offsetSince(index: TimeIndex, time: number): number {
  for (let entry = index.length - 2; entry >= 0; entry -= 2) {
    const at = index[entry] ?? UNKNOWN;
    if (at !== UNKNOWN && at < time) return index[entry + 1] ?? 0;
  }
  return 0;
}

/**
 * Halves an index: entries closer to the one after them than a step are merged into it, older ones first, the step
 * doubling until enough is gone. So a lonely line keeps its time, and only what was noted densely becomes coarser.
 */
export function thin(index: TimeIndex, maxEntries: number): TimeIndex {
  let entries = Array.from({ length: index.length / 2 }, (_, entry) => [
    index[entry * 2] ?? 0,
    index[entry * 2 + 1] ?? 0,
  ]);
  for (let step = 2 * TICK_MS; entries.length > maxEntries && step < Number.MAX_SAFE_INTEGER; step *= 2) {
    let surplus = entries.length - maxEntries;
    let start: number | null = null;
    entries = entries.filter(([at = 0], position) => {
      const after = entries[position + 1]?.[0];
      start ??= at;
      if (surplus > 0 && after !== undefined && (at === UNKNOWN) === (after === UNKNOWN) && after - start < step) {
        surplus--;
        return false;
      }
      start = null;
      return true;
    });
  }
  const dropped = entries[entries.length - maxEntries - 1];
  if (dropped) entries = [[UNKNOWN, dropped[1] ?? 0], ...entries.slice(-maxEntries)];
  return Float64Array.from(entries.flat());
}

interface Tracked {
  readonly log: string;
  readonly position: PositionFile;
  /** The log as last seen. */
  ino: number;
  size: number;
  generation: number;
  /** The last end in the index. */
  indexEnd: number;
  /** The size that was told last. */
  told: number;
}

/**
 * Notes when the logs of running servers grow. One timer for all; a log that does not grow costs one `stat` per tick
 * and writes nothing. Belongs to the supervisor: two clocks on one log would disorder its index.
 */
export class LogClock {
  readonly #runtimeDir: string;
  readonly #onGrown: (server: string, bytes: number) => void;
  readonly #tracked = new Map<string, Tracked>();
  #timer: NodeJS.Timeout | null = null;

  /** `onGrown` is told the size of a log when it is first seen and whenever it grew, for example to rotate it. */
  constructor(runtimeDir: string, onGrown: (server: string, bytes: number) => void = () => {}) {
    this.#runtimeDir = runtimeDir;
    this.#onGrown = onGrown;
  }

  /**
   * Starts noting. Call it before the server is started: what is in the log already counts as of unknown time.
   * Nothing happens when the log is tracked already.
   */
  track(server: string): void {
    if (this.#tracked.has(server)) return;
    const log = logPath(this.#runtimeDir, server);
    const position = new PositionFile(log);
    const tracked: Tracked = { log, position, ino: UNSEEN, size: 0, generation: 0, indexEnd: 0, told: 0 };
    this.#tracked.set(server, tracked);
    settleQuietly(log);
    this.#look(server, tracked, Date.now());
    this.#arm();
  }

  /** Notes what was written last and stops. */
  untrack(server: string): void {
    const tracked = this.#tracked.get(server);
    if (!tracked) return;
    this.#look(server, tracked, Date.now());
    this.#tracked.delete(server);
    if (this.#tracked.size === 0) this.close();
  }

  /** Notes what was written last and stops for all logs. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#lookAtAll();
    this.#tracked.clear();
  }

  #arm(): void {
    if (this.#timer || this.#tracked.size === 0) return;
    const tick = Math.max(TICK_MS, this.#tracked.size * TICK_MS_PER_LOG);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#lookAtAll();
      this.#arm();
    }, tick).unref();
  }

  #lookAtAll(): void {
    const now = Date.now();
    for (const [server, tracked] of this.#tracked) this.#look(server, tracked, now);
  }

  /** What cannot be noted now (disk full, a rotation under way) is tried again with the next tick. */
  #look(server: string, tracked: Tracked, now: number): void {
    try {
      const { ino, size } = lstatSync(tracked.log, { throwIfNoEntry: false }) ?? MISSING;
      if (size === tracked.size && ino === tracked.ino) return;
      const { base, head, generation, cutting } = tracked.position.read();
      if (cutting) return;
      const first = tracked.ino === UNSEEN;
      const end = base + size;
      if (first) tracked.indexEnd = readTimeIndex(tracked.log).at(-1) ?? 0;
      const rotated = first || tracked.ino === MISSING.ino || generation !== tracked.generation;
      if (tracked.indexEnd > end || (!rotated && (ino !== tracked.ino || size < tracked.size))) {
        // Somebody else cut or replaced the log: what is known of its positions is no longer true.
        rmSync(indexPath(tracked.log), { force: true });
        tracked.indexEnd = 0;
      }
      const noted = ino === MISSING.ino || end <= tracked.indexEnd || tryAppend(tracked, first ? UNKNOWN : now, end);
      if (noted) Object.assign(tracked, { ino, size, generation });
      // Told in any case: the log may be what fills the disk, and cutting it is what makes room (F46).
      if (size > 0 && size !== tracked.told) this.#onGrown(server, size - head);
      tracked.told = size;
    } catch {
      // The log or its directory cannot be reached; its lines will have no time.
    }
  }
}

const UNSEEN = -1;
const MISSING = { ino: 0, size: 0 };

function settleQuietly(log: string): void {
  try {
    settleRotation(log);
  } catch {
    // A directory that cannot be written: whoever starts the server says so.
  }
}

/** False when there was no room for it: the same will be noted with the next tick. */
function tryAppend(tracked: Tracked, at: number, end: number): boolean {
  try {
    append(tracked.log, at, end);
    tracked.indexEnd = end;
    return true;
  } catch {
    return false;
  }
}

function append(log: string, at: number, end: number): void {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_RDWR } = constants;
  const fd = openSync(indexPath(log), O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  let size: number;
  try {
    size = fstatSync(fd).size;
    // A full disk can leave a piece of an entry, which would shift all that follow.
    if (size % ENTRY_BYTES !== 0) ftruncateSync(fd, size - (size % ENTRY_BYTES));
    writeSync(fd, new Uint8Array(Float64Array.of(at, end).buffer));
  } finally {
    closeSync(fd);
  }
  if (size >= MAX_INDEX_BYTES) rewrite(log, thin(readTimeIndex(log), MAX_INDEX_BYTES / ENTRY_BYTES / 2));
}

function rewrite(log: string, index: TimeIndex): void {
  const temporary = `${indexPath(log)}.new`;
  rmSync(temporary, { force: true });
  writeFileSync(temporary, new Uint8Array(index.buffer), { mode: 0o600, flag: 'wx' });
  renameSync(temporary, indexPath(log));
}
