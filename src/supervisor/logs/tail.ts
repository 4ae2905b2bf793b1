import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { LogLevel, LogLine, LogReader, LogTail } from '../api.ts';
import { linesBackwards } from './backwards.ts';
import { LogCursor, MAX_READ_BYTES } from './log-cursor.ts';
import { logPath } from './log-file.ts';
import { readPosition } from './log-position.ts';
import { atLeast } from './log-query.ts';
import { type LogStream, openLogStream } from './log-stream.ts';
import { offsetSince, readTimeIndex } from './time-index.ts';

const POLL_MS = 75;
/** Bytes that all tails together read in one round, and the least that each may. */
const ROUND_BYTES = 512 * 1024;
const LEAST_BYTES = 8 * 1024;

/**
 * Follows logs by looking at them, not through inotify: watching a file slows its writer down to less than half (R19).
 * All tails share one timer.
 */
export class FileLogReader implements LogReader {
  readonly #runtimeDir: string;
  readonly #keepAlive: boolean;
  readonly #cursors = new Set<LogCursor>();
  #timer: NodeJS.Timeout | null = null;
  /** Tails that had something to read in the last round. */
  #busy = 1;

  /** `keepAlive: false`: open tails do not keep the process running. */
  constructor(runtimeDir: string, { keepAlive = true }: { readonly keepAlive?: boolean } = {}) {
    this.#runtimeDir = runtimeDir;
    this.#keepAlive = keepAlive;
  }

  path(server: string): string {
    return logPath(this.#runtimeDir, server);
  }

  /** The first lines come with the next turn of the event loop, never before this returns. */
  tail(server: string, { lines }: { readonly lines: number }, onLines: (batch: readonly LogLine[]) => void): LogTail {
    const cursor = new LogCursor(this.path(server), lines, onLines);
    this.#cursors.add(cursor);
    this.#schedule(0);
    return {
      close: () => {
        this.#cursors.delete(cursor);
        cursor.close();
      },
    };
  }

  #schedule(delay: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = this.#cursors.size === 0 ? null : setTimeout(() => this.#round(), delay);
    if (!this.#keepAlive) this.#timer?.unref();
  }

  #round(): void {
    this.#timer = null;
    // Before the looks: what they call may throw or open another tail.
    this.#schedule(POLL_MS);
    const budget = Math.max(LEAST_BYTES, Math.min(MAX_READ_BYTES, Math.floor(ROUND_BYTES / this.#busy)));
    const now = Date.now();
    let busy = 0;
    for (const cursor of [...this.#cursors]) {
      if (this.#cursors.has(cursor) && cursor.look(now, budget) > 0) busy++;
    }
    this.#busy = Math.max(1, busy);
  }
}

/** Which lines to read. Times in milliseconds since the epoch. */
export interface ReadOptions {
  /** The last so many that match; all when absent. */
  readonly lines?: number;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  /** Tested against the line without colours. */
  readonly grep?: RegExp;
  /** Lines of this level or worse; a line that states none counts as info. */
  readonly level?: LogLevel;
}

const ATTEMPTS = 5;
const RETRY_MS = 50;

/**
 * Reads a log with its archives once, newest line last. Works from the end backwards, so that a few lines of a huge log
 * cost little. A missing log has no lines. Starts over when the log is cut meanwhile.
 */
export async function readLog(path: string, options: ReadOptions = {}): Promise<readonly LogLine[]> {
  for (let attempt = 1; ; attempt++) {
    const stream = openLogStream(path, { force: attempt === ATTEMPTS });
    if (stream) {
      const lines = await collect(path, stream, options).finally(() => stream.close());
      if (readPosition(path).generation === stream.generation || attempt === ATTEMPTS) return lines;
    }
    await sleep(RETRY_MS);
  }
}

async function collect(path: string, stream: LogStream, options: ReadOptions): Promise<readonly LogLine[]> {
  const { lines = Number.POSITIVE_INFINITY, sinceMs, untilMs, grep, level = null } = options;
  const index = readTimeIndex(path);
  const pattern = grep && new RegExp(grep.source, grep.flags.replace(/[gy]/g, ''));
  const from = sinceMs === undefined ? stream.start : offsetSince(index, sinceMs);
  const to = untilMs === undefined ? stream.end : Math.min(stream.end, offsetSince(index, untilMs));
  const newestFirst: Omit<LogLine, 'seq'>[] = [];
  for (const block of linesBackwards(stream, index, from, to)) {
    for (const line of block.toReversed()) {
      if (newestFirst.length >= lines) break;
      if (atLeast(line.level, level) && (!pattern || pattern.test(line.plain))) newestFirst.push(line);
    }
    if (newestFirst.length >= lines) break;
    await nextTurn();
  }
  return newestFirst.reverse().map((line, seq) => ({ seq, ...line }));
}
