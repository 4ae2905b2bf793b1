import type { Action } from '../action.ts';
import type { Binding, World } from '../binding.ts';
import type { State } from '../state.ts';
import type { Key } from './key.ts';

const told = (text: string, world: World): readonly Action[] => [
  { type: 'told', level: 'warn', text, server: null, at: world.now() },
];

/** Why a binding does nothing now, `--read-only` included; null when it does something. */
export function reasonAgainst(binding: Binding, state: State): string | null {
  if (binding.dangerous && state.setup.readOnly) return 'read-only: this cockpit changes nothing';
  return binding.disabledReason?.(state) ?? null;
}

/** Does what a binding does, or says why not, or asks first. */
export function invoke(binding: Binding, state: State, world: World, key: Key | null): readonly Action[] {
  const reason = reasonAgainst(binding, state);
  if (reason !== null) return told(reason, world);
  const question = binding.confirm?.(state) ?? null;
  if (question === null) return binding.act(state, world, key);
  return [{ type: 'overlay-opened', overlay: { kind: 'confirm', binding: binding.id, question, yes: false } }];
}

/** The state as it is below the topmost overlay: what a command chosen from a list, or confirmed, is about. */
export function below(state: State): State {
  return { ...state, overlays: state.overlays.slice(0, -1) };
}
