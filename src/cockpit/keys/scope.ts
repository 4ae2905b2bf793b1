import type { Binding, Scope } from '../binding.ts';
import type { Overlay, State } from '../state.ts';
import type { Key } from './key.ts';

function overlayScopes(overlay: Overlay): readonly Scope[] {
  if (overlay.kind === 'page') return ['page', `page:${overlay.topic.type}`, 'global'];
  // A list and a form take what is typed, a question wants an answer: nothing below them listens.
  return [overlay.kind];
}

/** Who listens, topmost first: an overlay over the focused pane over what works everywhere. */
export function scopeStack(state: State): readonly Scope[] {
  const overlay = state.overlays.at(-1);
  return overlay === undefined ? [state.focus, 'global'] : overlayScopes(overlay);
}

/** The binding that a key means now. */
export function bindingFor(key: Key, bindings: readonly Binding[], scopes: readonly Scope[]): Binding | null {
  for (const scope of scopes) {
    const found = bindings.find((binding) => binding.scopes.includes(scope) && binding.keys.includes(key));
    if (found !== undefined) return found;
  }
  return null;
}
