import type { LogLevel, LogLine } from '../api.ts';
import { detectLevel } from './level.ts';
import { sanitizeLine } from './sanitize.ts';
import { readTimeIndex, type TimeIndex, timeAt } from './time-index.ts';

/** Between two looks farther apart than this, a tail does not know when the log grew. */
const MAX_PAUSE_MS = 1000;

/** Turns the raw lines of one tail into {@link LogLine}s and hands them out in batches. */
export class LineSink {
  readonly #log: string;
  readonly #onLines: (batch: readonly LogLine[]) => void;
  #batch: LogLine[] = [];
  #seq = 0;
  #level: LogLevel | null = null;
  /** Up to which position the log was seen at which time, in the order of both; null: ask the time index. */
  #seen: { readonly end: number; readonly at: number | null }[] = [];
  #lastLook = 0;
  /** The supervisor's record of times; read when needed, kept for one batch. */
  #index: TimeIndex | null = null;

  constructor(log: string, onLines: (batch: readonly LogLine[]) => void) {
    this.#log = log;
    this.#onLines = onLines;
  }

  /** A raw line that begins at `position`. */
  line(raw: string, position: number): void {
    const { text, plain } = sanitizeLine(raw);
    this.#level = detectLevel(plain, this.#level);
    this.#batch.push({ seq: this.#seq++, text, plain, level: this.#level, at: this.#timeOf(position), kind: 'line' });
  }

  /** A note of the tail itself. */
  mark(text: string, now: number): void {
    const plain = `--- ${text} ---`;
    this.#batch.push({ seq: this.#seq++, text: plain, plain, level: null, at: now, kind: 'mark' });
  }

  /** The log is `end` long now; whether it was shorter at the last look is known only when that was just before. */
  observe(end: number, now: number): void {
    if (end === this.#seen.at(-1)?.end) return;
    this.#seen.push({ end, at: now - this.#lastLook > MAX_PAUSE_MS ? null : now });
  }

  /** Positions start over, or are left out: what was seen of them says nothing any more. */
  forget(): void {
    this.#seen = [];
    this.#level = null;
  }

  /** Ends a look: hands out what it brought. */
  flush(now: number): void {
    this.#lastLook = now;
    this.#index = null;
    const batch = this.#batch;
    if (batch.length === 0) return;
    this.#batch = [];
    this.#onLines(batch);
  }

  #timeOf(position: number): number | null {
    let passed = 0;
    while (passed < this.#seen.length - 1 && (this.#seen[passed]?.end ?? 0) <= position) passed++;
    if (passed > 0) this.#seen.splice(0, passed);
    const seen = this.#seen[0];
    if (seen && seen.end > position && seen.at !== null) return seen.at;
    this.#index ??= readTimeIndex(this.#log);
    return timeAt(this.#index, position);
  }
}
