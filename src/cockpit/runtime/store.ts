import type { Action } from '../action.ts';
import type { Effect } from '../effect.ts';
import { reduce } from '../reducer.ts';
import type { State } from '../state.ts';

/** Holds the state; React sees a published copy of it that lags behind by design. */
export class Store {
  #state: State;
  #published: State;
  readonly #listeners = new Set<() => void>();
  readonly #perform: (effect: Effect) => void;

  constructor(initial: State, perform: (effect: Effect) => void) {
    this.#state = initial;
    this.#published = initial;
    this.#perform = perform;
  }

  /** The state after everything that happened so far. */
  get state(): State {
    return this.#state;
  }

  /** Whether the action changed anything. Its effects are under way when this returns; the screen is not yet told. */
  dispatch(action: Action): boolean {
    const before = this.#state;
    const { state, effects } = reduce(before, action);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    return this.#state !== before;
  }

  /** Shows the present state to those who subscribed. */
  publish(): void {
    if (this.#published === this.#state) return;
    this.#published = this.#state;
    for (const listener of this.#listeners) listener();
  }

  /** For `useSyncExternalStore`. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): State => this.#published;
}
