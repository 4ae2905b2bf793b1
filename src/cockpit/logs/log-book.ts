import type { LogLine, LogReader, LogTail } from '../../supervisor/api.ts';
import { comparePositions, LineRing, type LogEntry, type LogPosition, type RingLimits } from './line-ring.ts';
import type { Gathered, LogLines } from './log-lines.ts';

export interface LogLimits extends RingLimits {
  /** Bytes over all rings together: each gets its share, at least `MINIMUM_BYTES`. */
  readonly totalBytes: number;
  /** Tails kept open although nobody looks, so that switching back finds them as they were. */
  readonly idleTails: number;
}

export const LOG_LIMITS: LogLimits = { lines: 5000, bytes: 2_000_000, totalBytes: 32_000_000, idleTails: 8 };
const MINIMUM_BYTES = 128_000;

interface Shelf {
  readonly ring: LineRing;
  /** Null for the moment in which it is being opened. */
  tail: LogTail | null;
  /** What was in the file when it was opened has been delivered: what comes now is news. */
  isLive: boolean;
}

interface Waiting {
  readonly server: string;
  readonly line: LogLine;
  readonly isNews: boolean;
}

/**
 * The rings of all servers whose log is on screen, or was recently. Batches of the tails wait in a queue until `gather` numbers them
 * in order of time: lines of different servers that arrive within one gathering interleave as they were written.
 */
export class LogBook implements LogLines {
  readonly #reader: LogReader;
  readonly #limits: LogLimits;
  readonly #onWaiting: () => void;
  /** In order of last use. */
  readonly #shelves = new Map<string, Shelf>();
  #queue: Waiting[] = [];
  #nextArrival = 1;
  /** The latest time given out. */
  #latest = 0;

  /** `onWaiting` is called when lines wait to be gathered. */
  constructor(reader: LogReader, onWaiting: () => void, limits: LogLimits = LOG_LIMITS) {
    this.#reader = reader;
    this.#onWaiting = onWaiting;
    this.#limits = limits;
  }

  /** Opens the tails of `servers`, closes those unused for longest, and pins the rings of a paused view. */
  show(servers: readonly string[], paused: boolean): void {
    const wanted = new Set(servers);
    for (const server of servers) this.#use(server);
    const unused = [...this.#shelves.keys()].filter((server) => !wanted.has(server));
    for (const server of unused.slice(0, Math.max(0, unused.length - this.#limits.idleTails))) this.#drop(server);
    const bytes = Math.max(MINIMUM_BYTES, this.#limits.totalBytes / Math.max(1, this.#shelves.size));
    for (const [server, { ring }] of this.#shelves) {
      ring.limit({ lines: this.#limits.lines, bytes: Math.min(this.#limits.bytes, bytes) });
      ring.pin(paused && wanted.has(server));
    }
  }

  /** Forgets what a full paused ring holds and reads the end of the file again. */
  reload(servers: readonly string[]): void {
    for (const server of servers) this.#drop(server);
    for (const server of servers) this.#use(server);
  }

  /** Moves waiting lines into the rings. `now` stands for the time of a line that nobody noted one for. */
  gather(now: number): Gathered {
    const lines = new Map<string, number>();
    const errors = new Map<string, number>();
    const filled = new Map<string, number>();
    for (const { server, line, isNews } of inOrderOfTime(this.#queue)) {
      // A file that was there before is sorted in by its own times; news go behind everything.
      const noted = Math.max(line.at ?? 0, filled.get(server) ?? 0);
      filled.set(server, noted);
      const time = isNews ? Math.max(this.#latest, line.at ?? now) : noted;
      this.#latest = Math.max(this.#latest, time);
      this.#shelves.get(server)?.ring.push({ time, arrival: this.#nextArrival, server, line });
      this.#nextArrival += 1;
      if (!isNews) continue;
      lines.set(server, (lines.get(server) ?? 0) + 1);
      if (line.level === 'error') errors.set(server, (errors.get(server) ?? 0) + 1);
    }
    this.#queue = [];
    return { lines, errors, newest: { time: this.#latest, arrival: this.#nextArrival - 1 } };
  }

  close(): void {
    for (const server of [...this.#shelves.keys()]) this.#drop(server);
  }

  *forward(servers: readonly string[], position: LogPosition): Generator<LogEntry> {
    yield* this.#merge(servers, position, 1);
  }

  *backward(servers: readonly string[], position: LogPosition): Generator<LogEntry> {
    yield* this.#merge(servers, position, -1);
  }

  count(servers: readonly string[]): number {
    return this.#rings(servers).reduce((sum, ring) => sum + ring.length, 0);
  }

  skipped(servers: readonly string[]): number {
    return this.#rings(servers).reduce((sum, ring) => sum + ring.skipped, 0);
  }

  path(server: string): string {
    return this.#reader.path(server);
  }

  *#merge(servers: readonly string[], position: LogPosition, direction: 1 | -1): Generator<LogEntry> {
    const start = direction === 1 ? 0 : -1;
    const cursors = this.#rings(servers).map((ring) => ({ ring, index: ring.indexOf(position) + start }));
    for (;;) {
      let nearest: { readonly cursor: { index: number }; readonly entry: LogEntry } | null = null;
      for (const cursor of cursors) {
        const entry = cursor.ring.at(cursor.index);
        if (entry === undefined) continue;
        if (nearest === null || comparePositions(entry, nearest.entry) * direction < 0) nearest = { cursor, entry };
      }
      if (nearest === null) return;
      nearest.cursor.index += direction;
      yield nearest.entry;
    }
  }

  #rings(servers: readonly string[]): LineRing[] {
    return servers.flatMap((server) => this.#shelves.get(server)?.ring ?? []);
  }

  #use(server: string): void {
    const known = this.#shelves.get(server);
    if (known !== undefined) {
      this.#shelves.delete(server);
      this.#shelves.set(server, known);
      return;
    }
    const shelf: Shelf = { ring: new LineRing(this.#limits), tail: null, isLive: false };
    this.#shelves.set(server, shelf);
    shelf.tail = this.#reader.tail(server, { lines: this.#limits.lines }, (batch) => {
      // A tail may have a batch under way when it is closed, and the server may already have a new one.
      if (this.#shelves.get(server) !== shelf) return;
      for (const line of batch) this.#queue.push({ server, line, isNews: shelf.isLive });
      shelf.isLive = true;
      this.#onWaiting();
    });
  }

  #drop(server: string): void {
    this.#shelves.get(server)?.tail?.close();
    this.#shelves.delete(server);
    this.#queue = this.#queue.filter((waiting) => waiting.server !== server);
  }
}

/** Stable: a line without a time keeps its place behind its server's previous one. */
function inOrderOfTime(queue: readonly Waiting[]): readonly Waiting[] {
  const first = queue[0]?.server;
  if (queue.every(({ server }) => server === first)) return queue;
  const latest = new Map<string, number>();
  return queue
    .map((waiting) => {
      const at = Math.max(waiting.line.at ?? 0, latest.get(waiting.server) ?? 0);
      latest.set(waiting.server, at);
      return { waiting, at };
    })
    .sort((a, b) => a.at - b.at)
    .map(({ waiting }) => waiting);
}
