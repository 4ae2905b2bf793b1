import type { Action, ActionType } from './action.ts';
import type { Effect } from './effect.ts';
import type { State } from './state.ts';

/** The outcome of an action: the next state, and what is to be done outside. */
export interface Step {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const step = (state: State, ...effects: readonly Effect[]): Step => ({ state, effects });

/** One pure function per action. */
export type Handlers<T extends ActionType> = { readonly [P in T]: (state: State, action: Action<P>) => Step };
