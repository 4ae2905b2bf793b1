import type { Problem } from './problem.ts';
import { type RegistryState, readRegistryWithStamp } from './read-registry.ts';
import { type FileStamp, sameStamp, stampOf } from './read-text-file.ts';

/** Time stamps of files are coarse: a file written this short ago may change again without showing it. */
const SETTLING_MS = 2_000;

/**
 * The registry as it is on disk, kept up to date by polling (R26). While the file is broken, half written or gone, the
 * last good entries stay and `problems` says why they may be out of date; once it is mended, its entries count again.
 */
export class RegistryFile {
  readonly path: string;
  readonly #pollMs: number;
  #state: RegistryState;
  #lastGood: RegistryState | null = null;
  #stamp: FileStamp | null = null;
  #readAt = 0;
  #fingerprint = '';
  #timer: NodeJS.Timeout | null = null;
  #onChange: ((state: RegistryState) => void) | null = null;

  /** Reads the file at once. @param pollMs how often to look for changes, in milliseconds */
  constructor(path: string, pollMs = 1_000) {
    this.path = path;
    this.#pollMs = pollMs;
    this.#state = { path, status: 'missing', entries: [], problems: [] };
    this.#read();
  }

  get current(): RegistryState {
    return this.#state;
  }

  /** Looks for changes from now on and calls back after each. Does not keep the program alive. */
  start(onChange: (state: RegistryState) => void): void {
    this.stop();
    this.#onChange = onChange;
    this.#timer = setInterval(() => {
      if (this.#mayHaveChanged()) this.reload();
    }, this.#pollMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#onChange = null;
  }

  /** Reads the file now; calls back like the poll does when something changed. */
  reload(): RegistryState {
    if (this.#read()) this.#onChange?.(this.#state);
    return this.#state;
  }

  #mayHaveChanged(): boolean {
    const stamp = stampOf(this.path);
    if (stamp === null || !sameStamp(stamp, this.#stamp)) return stamp !== null || this.#stamp !== null;
    return this.#readAt - Number(stamp.mtimeNs / 1_000_000n) < SETTLING_MS;
  }

  /** Whether anything is different from before. */
  #read(): boolean {
    this.#readAt = Date.now();
    const { state, stamp } = readRegistryWithStamp(this.path);
    this.#stamp = stamp;
    if (state.status === 'good') this.#lastGood = state;
    const entries = this.#lastGood?.entries ?? [];
    this.#state = state.status === 'good' ? state : { ...state, entries, problems: [this.#explain(state)] };
    const fingerprint = JSON.stringify(this.#state);
    if (fingerprint === this.#fingerprint) return false;
    this.#fingerprint = fingerprint;
    return true;
  }

  #explain({ status, problems: [problem] }: RegistryState): Problem {
    const known: Problem = problem ?? { what: `${this.path} does not exist`, next: 'mcp list writes one' };
    if (this.#lastGood === null) return known;
    if (status === 'missing') return { ...known, what: `${this.path} is gone; its last entries still count` };
    return { ...known, what: `${known.what}; the last good entries still count` };
  }
}
