/** What the publisher must know of the terminal's output. */
export interface Backlog {
  /** Bytes that the terminal has not taken yet. */
  readonly writableLength: number;
  /** All bytes so far. */
  readonly bytesWritten: number;
  /** Calls back once, when there is no backlog any more. */
  onceDrained(callback: () => void): void;
}

/** Bytes per second that frames nobody asked for by a key may cost: a slow link must stay usable. */
const BYTES_PER_SECOND = 20_000;
const SHORTEST_MS = 100;
const LONGEST_MS = 250;

/** Time between two frames that the world, not a key, is the cause of: the dearer the last ones, the longer. */
export function frameInterval(bytesPerFrame: number): number {
  return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (bytesPerFrame / BYTES_PER_SECOND) * 1000));
}

/**
 * Decides when React hears of a new state: at once after a key, else gathered into few frames, and not at all while the terminal is
 * behind (what is drawn then would only be older when it arrives).
 */
export class Publisher {
  readonly #publish: () => void;
  readonly #backlog: Backlog;
  readonly #shortest: number;
  #timer: NodeJS.Timeout | null = null;
  #dueAt = Number.POSITIVE_INFINITY;
  #publishedAt = 0;
  #bytesBefore = 0;
  #interval = SHORTEST_MS;
  #isWaiting = false;
  #isClosed = false;

  /** `shortest`: milliseconds between two frames that no key is the cause of, at the least. */
  constructor(publish: () => void, backlog: Backlog, shortest = 0) {
    this.#shortest = shortest;
    this.#publish = publish;
    this.#backlog = backlog;
  }

  /** Asks for a frame no later than in `within` milliseconds (0: now), the pace and the terminal permitting. */
  request(within: number): void {
    if (this.#isClosed) return;
    if (within === 0) {
      this.#now();
      return;
    }
    const at = Math.max(performance.now() + within, this.#publishedAt + Math.max(this.#interval, this.#shortest));
    if (at >= this.#dueAt) return;
    this.#clear();
    this.#dueAt = at;
    this.#timer = setTimeout(() => this.#now(), at - performance.now());
  }

  close(): void {
    this.#isClosed = true;
    this.#clear();
  }

  #clear(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #now(): void {
    this.#clear();
    if (this.#isClosed || this.#isWaiting) return;
    if (this.#backlog.writableLength > 0) {
      this.#isWaiting = true;
      this.#backlog.onceDrained(() => {
        this.#isWaiting = false;
        this.#now();
      });
      return;
    }
    this.#interval = frameInterval(this.#backlog.bytesWritten - this.#bytesBefore);
    this.#bytesBefore = this.#backlog.bytesWritten;
    this.#publishedAt = performance.now();
    this.#publish();
  }
}
