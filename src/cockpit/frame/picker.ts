import type { Action } from '../action.ts';
import type { Binding, Scope, World } from '../binding.ts';
import { below, invoke, reasonAgainst } from '../keys/invoke.ts';
import { keyLabel } from '../keys/key.ts';
import { scopeStack } from '../keys/scope.ts';
import type { Level, Overlay, PickerKind, State } from '../state.ts';
import { moment } from '../text/duration.ts';
import { fuzzyScore } from '../text/fuzzy.ts';

/** One row of a list that is filtered by typing; Enter or its number chooses it. */
export interface PickerItem {
  /** Left column: keys, or a time. */
  readonly lead: string;
  readonly text: string;
  /** Right column. */
  readonly note: string;
  readonly level: Level | 'disabled' | null;
  readonly choose: (state: State, world: World) => readonly Action[];
}

export interface Picker {
  readonly title: string;
  readonly empty: string;
  readonly enter: string;
  readonly items: (state: State, world: World) => readonly PickerItem[];
}

const keysOf = ({ keys }: Binding): string => keys.map(keyLabel).join(' ');

function bindingItem(binding: Binding, state: State): PickerItem {
  const reason = reasonAgainst(binding, below(state));
  return {
    lead: keysOf(binding),
    text: binding.description,
    note: reason ?? '',
    level: reason === null ? null : 'disabled',
    choose: (now, world) => [{ type: 'overlay-closed' }, ...invoke(binding, below(now), world, null)],
  };
}

const NO_COMMANDS: readonly Scope[] = ['picker', 'confirm', 'form'];

/** Lists, questions and forms work by themselves; everything else is a command. */
const isCommand = ({ scopes }: Binding): boolean => scopes.some((scope) => !NO_COMMANDS.includes(scope));

/** With `--read-only` what changes something is not there at all. */
const isOffered = (binding: Binding, { setup }: State): boolean =>
  isCommand(binding) && !(setup.readOnly && binding.dangerous);

/** What works right here first, in the order of the scopes. */
function help(state: State, { bindings }: World): readonly PickerItem[] {
  const scopes = scopeStack(below(state));
  const place = (binding: Binding): number => {
    const index = scopes.findIndex((scope) => binding.scopes.includes(scope));
    return index === -1 ? scopes.length : index;
  };
  return bindings
    .filter((binding) => isOffered(binding, state) && binding.keys.length > 0)
    .map((binding) => ({ binding, place: place(binding) }))
    .sort((a, b) => a.place - b.place)
    .map(({ binding }) => bindingItem(binding, state));
}

function palette(state: State, { bindings }: World): readonly PickerItem[] {
  return bindings.filter((binding) => isOffered(binding, state)).map((binding) => bindingItem(binding, state));
}

function commandLines(state: State, { bindings }: World): readonly PickerItem[] {
  const under = below(state);
  return bindings.flatMap((binding) => {
    const line = isOffered(binding, state) ? (binding.commandLine?.(under) ?? null) : null;
    if (line === null) return [];
    const choose = (): readonly Action[] => [
      { type: 'overlay-closed' },
      { type: 'copy-asked', text: line, what: line },
    ];
    return [{ lead: keysOf(binding), text: line, note: binding.label, level: null, choose }];
  });
}

function messages({ messages: all, now }: State): readonly PickerItem[] {
  return all.toReversed().map(({ at, level, server, text }) => ({
    lead: moment(at, now),
    text: server === null ? text : `${server}: ${text}`,
    note: '',
    level,
    choose: () => [{ type: 'copy-asked', text, what: 'the message' }],
  }));
}

export const PICKERS: Readonly<Record<PickerKind, Picker>> = {
  help: { title: 'Keys', empty: 'No key does that.', enter: 'does it', items: help },
  palette: { title: 'Commands', empty: 'No command is called that.', enter: 'does it', items: palette },
  commands: {
    title: 'Copy as a command line',
    empty: 'Nothing here has a command line.',
    enter: 'copies',
    items: commandLines,
  },
  messages: { title: 'Messages', empty: 'No messages.', enter: 'copies', items: messages },
};

/** The items left by what is typed: the palette by how well they fit, the others in their order. */
export function pickerItems(overlay: Overlay, state: State, world: World): readonly PickerItem[] {
  if (overlay.kind !== 'picker') return [];
  const query = overlay.field.text;
  const items = PICKERS[overlay.picker].items(state, world);
  if (query === '') return items;
  if (overlay.picker === 'palette') {
    return items
      .map((item) => ({ item, score: fuzzyScore(query, `${item.text} ${item.lead}`) }))
      .filter(({ score }) => score !== null)
      .sort((a, b) => (b.score ?? 0) - (a.score ?? 0))
      .map(({ item }) => item);
  }
  const wanted = query.toLowerCase();
  return items.filter(({ lead, text }) => lead === query || text.toLowerCase().includes(wanted));
}
