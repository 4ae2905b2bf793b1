import type { Action } from '../action.ts';
import type { World } from '../binding.ts';
import { editForm, pasteForm } from '../form/edit.ts';
import type { State, Typing } from '../state.ts';
import { VIEWS } from '../views/views.ts';
import { editField, type Field, fieldOf, pasteInto } from './field.ts';
import { invoke } from './invoke.ts';
import { type Key, typedText } from './key.ts';
import { bindingFor, scopeStack } from './scope.ts';

const promptOf = (typing: Typing) => VIEWS.flatMap(({ prompts }) => prompts).find(({ id }) => id === typing.prompt);

function typed(state: State, typing: Typing, field: Field): readonly Action[] {
  return [
    { type: 'typing-changed', typing: { ...typing, field } },
    ...(promptOf(typing)?.typed(field.text, state) ?? []),
  ];
}

/** A prompt has the keyboard: letters are text, whatever they mean elsewhere. */
function keyInPrompt(key: Key, typing: Typing, state: State): readonly Action[] {
  if (key === 'enter') return [{ type: 'typing-changed', typing: null }];
  if (key === 'esc') return [...typed(state, typing, fieldOf(typing.before)), { type: 'typing-changed', typing: null }];
  if (key === 'tab') return promptOf(typing)?.tab?.(state) ?? [];
  const field = editField(typing.field, key);
  return field === null ? [] : typed(state, typing, field);
}

/** In a list, digits choose and other letters filter; null when the key is a command of the list. */
function keyInList(key: Key, state: State): readonly Action[] | null {
  const overlay = state.overlays.at(-1);
  if (overlay?.kind !== 'picker') return null;
  const isText = typedText(key) !== null ? !/^[1-9]$/.test(key) : /^(backspace|delete|ctrl-[uw])$/.test(key);
  const field = isText ? editField(overlay.field, key) : null;
  return field === null ? null : [{ type: 'overlay-changed', overlay: { ...overlay, field, index: 0 } }];
}

/** In a form, keys that type or choose go to the field with the focus; null when the key is a command of the form. */
function keyInForm(key: Key, state: State): readonly Action[] | null {
  const overlay = state.overlays.at(-1);
  const form = overlay?.kind === 'form' ? editForm(overlay.form, key) : null;
  return form === null ? null : [{ type: 'overlay-changed', overlay: { kind: 'form', form } }];
}

/**
 * What a key press leads to. The state must be the one after the press before it: one chunk of input may hold several, and the
 * first may change what the second means.
 */
export function dispatchKey(key: Key, state: State, world: World): readonly Action[] {
  if (key === 'ctrl-c') return [{ type: 'interrupted', at: world.now() }];
  if (state.typing !== null) return keyInPrompt(key, state.typing, state);
  const inList = keyInList(key, state) ?? keyInForm(key, state);
  if (inList !== null) return inList;
  const binding = bindingFor(key, world.bindings, scopeStack(state));
  return binding === null ? [] : invoke(binding, state, world, key);
}

/** A paste never triggers a command: into a field as one line, elsewhere it is refused with a word. */
export function dispatchPaste(text: string, state: State, world: World): readonly Action[] {
  if (state.typing !== null) return typed(state, state.typing, pasteInto(state.typing.field, text));
  const overlay = state.overlays.at(-1);
  if (overlay?.kind === 'picker') {
    return [{ type: 'overlay-changed', overlay: { ...overlay, field: pasteInto(overlay.field, text), index: 0 } }];
  }
  if (overlay?.kind === 'form') {
    return [{ type: 'overlay-changed', overlay: { kind: 'form', form: pasteForm(overlay.form, text) } }];
  }
  const refused = 'a paste outside of a text field is ignored';
  return [{ type: 'told', level: 'warn', text: refused, server: null, at: world.now() }];
}
