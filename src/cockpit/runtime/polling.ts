/** A question that is asked again and again while somebody looks at the answer. */
export interface Poll<Name extends string> {
  readonly name: Name;
  /** Milliseconds between an answer and the next question. */
  readonly everyMs: number;
  /** Asked at once when this changes. */
  readonly stamp: string;
}

interface Running {
  readonly everyMs: number;
  readonly stamp: string;
  timer: NodeJS.Timeout | null;
}

/** Keeps exactly those polls going that are wanted; one question of a name at a time, and none when none is wanted. */
export class Polling<Name extends string> {
  readonly #ask: (name: Name) => Promise<void>;
  readonly #running = new Map<Name, Running>();

  /** `ask` must not reject. */
  constructor(ask: (name: Name) => Promise<void>) {
    this.#ask = ask;
  }

  keep(polls: readonly Poll<Name>[]): void {
    const wanted = new Map(polls.map((poll) => [poll.name, poll]));
    for (const [name, { timer }] of this.#running) {
      if (wanted.has(name)) continue;
      if (timer !== null) clearTimeout(timer);
      this.#running.delete(name);
    }
    for (const [name, { everyMs, stamp }] of wanted) {
      const running = this.#running.get(name);
      if (running?.stamp === stamp) continue;
      if (running !== undefined && running.timer !== null) clearTimeout(running.timer);
      const next: Running = { everyMs, stamp, timer: null };
      this.#running.set(name, next);
      void this.#turn(name, next);
    }
  }

  close(): void {
    this.keep([]);
  }

  async #turn(name: Name, own: Running): Promise<void> {
    own.timer = null;
    await this.#ask(name);
    // Another stamp, or nobody looks any more.
    if (this.#running.get(name) !== own) return;
    own.timer = setTimeout(() => void this.#turn(name, own), own.everyMs);
  }
}
