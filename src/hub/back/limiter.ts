/** Calls that may wait for one server at once; one more is refused. */
const MAX_WAITING = 1024;

/** At most `size` calls at once; the others wait in order, up to a bound, so that one server's trouble stays its own. */
export class Limiter {
  #used = 0;
  readonly #waiting: (() => void)[] = [];

  /** Null where too many wait already. Resolves with the function that gives the place back. */
  async enter(size: number, signal: AbortSignal): Promise<(() => void) | null> {
    if (this.#used < size) {
      this.#used += 1;
      return () => this.#leave();
    }
    if (this.#waiting.length >= MAX_WAITING) return null;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        const place = this.#waiting.indexOf(go);
        if (place === -1) return;
        this.#waiting.splice(place, 1);
        // Whoever gave up takes no place, yet gives one back below.
        this.#used += 1;
        resolve();
      };
      this.#waiting.push(go);
      signal.addEventListener('abort', stop);
    });
    return () => this.#leave();
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#used -= 1;
  }
}
