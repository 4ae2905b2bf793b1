import { randomUUID } from 'node:crypto';
import { Seal } from './seal.ts';

/** Something that waits for its client to come back. */
export interface Parked {
  /** The client did not come back in time. */
  expire(): void;
}

/** How long a client may take to answer a server's question: people are asked. Milliseconds. */
const PATIENCE_MS = 30 * 60_000;
/** Calls that may wait at once; one more makes the oldest give up. */
const MAX_PARKED = 1000;

/** The calls that wait for answers of their clients, each to be claimed once. */
export class ParkedCalls<T extends Parked> {
  readonly #seal = new Seal();
  readonly #parked = new Map<string, { readonly call: T; readonly timer: NodeJS.Timeout }>();
  readonly #patienceMs: number;

  constructor(patienceMs = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
  }

  get size(): number {
    return this.#parked.size;
  }

  /** Returns the `requestState` that claims it. */
  park(call: T, binding: string): string {
    const id = randomUUID();
    const timer = setTimeout(() => this.#take(id)?.expire(), this.#patienceMs);
    timer.unref();
    this.#parked.set(id, { call, timer });
    const [oldest] = this.#parked.keys();
    if (this.#parked.size > MAX_PARKED && oldest !== undefined) this.#take(oldest)?.expire();
    return this.#seal.close(id, binding, Date.now() + this.#patienceMs);
  }

  /** Whether a `requestState` is one of these, and not a server's own. */
  made(state: string): boolean {
    return this.#seal.made(state);
  }

  claim(state: unknown, binding: string): { readonly call: T } | { readonly why: string } {
    const opened = this.#seal.open(state, binding, Date.now());
    if ('why' in opened) return opened;
    const call = this.#take(opened.id);
    return call ? { call } : { why: 'it was used before, or nobody came back for it in time' };
  }

  close(): void {
    for (const id of [...this.#parked.keys()]) this.#take(id)?.expire();
  }

  #take(id: string): T | null {
    const parked = this.#parked.get(id);
    if (!parked) return null;
    clearTimeout(parked.timer);
    this.#parked.delete(id);
    return parked.call;
  }
}
