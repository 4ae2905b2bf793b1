import type { LogLine } from '../../supervisor/api.ts';

/** Where a line stands among those of all servers: in order of time, lines of the same time in order of arrival. */
export interface LogPosition {
  /**
   * Milliseconds since the epoch. When the line was written, for what a log file held when it was opened; for what came since,
   * no earlier than that of any line before it, so that nothing is ever inserted above what somebody reads.
   */
  readonly time: number;
  /** Increases by one per line over all servers: the identity of a line on screen. */
  readonly arrival: number;
}

/** A log line as the cockpit holds it. */
export interface LogEntry extends LogPosition {
  readonly server: string;
  readonly line: LogLine;
}

export const comparePositions = (a: LogPosition, b: LogPosition): number => a.time - b.time || a.arrival - b.arrival;

export interface RingLimits {
  readonly lines: number;
  readonly bytes: number;
}

/** How much of a pinned ring may pile up beyond its limits before new lines are only counted. */
const PINNED_SLACK = 2;

const cost = ({ line }: LogEntry): number => line.text.length + (line.plain === line.text ? 0 : line.plain.length) + 64;

/**
 * The newest lines of one server, oldest dropped first. A pinned ring (somebody reads it, paused) drops nothing: once twice full
 * it counts what comes instead of keeping it, so that the view stands still and memory stays bounded; the file has the rest.
 */
export class LineRing {
  #entries: LogEntry[] = [];
  #first = 0;
  #bytes = 0;
  #skipped = 0;
  #pinned = false;
  #limits: RingLimits;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#entries.length - this.#first;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Lines that came while the pinned ring was full; they are in the file only. */
  get skipped(): number {
    return this.#skipped;
  }

  /** The entry at `index`, 0 being the oldest. */
  at(index: number): LogEntry | undefined {
    return index < 0 ? undefined : this.#entries[this.#first + index];
  }

  push(entry: LogEntry): void {
    if (this.#pinned && this.#isOver(PINNED_SLACK)) {
      this.#skipped += 1;
      return;
    }
    this.#entries.push(entry);
    this.#bytes += cost(entry);
    if (!this.#pinned) this.#evict();
  }

  pin(pinned: boolean): void {
    this.#pinned = pinned;
    if (!pinned) this.#evict();
  }

  limit(limits: RingLimits): void {
    this.#limits = limits;
    if (!this.#pinned) this.#evict();
  }

  /** Index of the first entry at `position` or after it; `length` when there is none. */
  indexOf(position: LogPosition): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.at(middle);
      if (entry !== undefined && comparePositions(entry, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isOver(factor: number): boolean {
    return this.length >= this.#limits.lines * factor || this.#bytes >= this.#limits.bytes * factor;
  }

  #evict(): void {
    while (this.length > this.#limits.lines || (this.#bytes > this.#limits.bytes && this.length > 1)) {
      const oldest = this.#entries[this.#first];
      if (oldest === undefined) break;
      this.#bytes -= cost(oldest);
      this.#first += 1;
    }
    // Dropping from the front of an array copies it: do so only when half of it is dead.
    if (this.#first > 1024 && this.#first > this.#entries.length / 2) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }
}
