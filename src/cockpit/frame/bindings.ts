import type { Action } from '../action.ts';
import type { Binding, Scope, World } from '../binding.ts';
import { fieldOf } from '../keys/field.ts';
import { below } from '../keys/invoke.ts';
import type { Key } from '../keys/key.ts';
import { type Confirmation, modeOf, type Overlay, type PickerKind, type State, type ViewId } from '../state.ts';
import { plural } from '../text/quantity.ts';
import type { Motion } from '../view.ts';
import { linkReason, runningCount } from '../views/servers/commands.ts';
import { VIEWS } from '../views/views.ts';
import { HOME, pageBox } from './layout.ts';
import { pageLines } from './page.ts';
import { pickerItems } from './picker.ts';

const viewOf = (id: ViewId) => VIEWS.find((view) => view.id === id);

/** A binding of the frame: harmless, without a place in the footer unless it says otherwise. */
function plain(
  id: string,
  keys: readonly Key[],
  description: string,
  act: Binding['act'],
  more: Partial<Binding> = {},
): Binding {
  const label = more.label ?? id;
  const base = { group: 'Everywhere', priority: 0, dangerous: false, scopes: ['global'] as const };
  return { ...base, id, keys, description, act, ...more, label };
}

const EVERYWHERE: readonly Scope[] = ['global', 'picker'];

const STEPS: Readonly<Record<Motion, (page: number) => number>> = {
  up: () => -1,
  down: () => 1,
  'page-up': (page) => -page,
  'page-down': (page) => page,
  'half-up': (page) => -Math.ceil(page / 2),
  'half-down': (page) => Math.ceil(page / 2),
  first: () => Number.NEGATIVE_INFINITY,
  last: () => Number.POSITIVE_INFINITY,
};

/** The row a list or page gets to; what is past the end is cut where the end is known. */
function moved(state: State, world: World, overlay: Overlay, motion: Motion): readonly Action[] {
  const box = pageBox(state);
  const by = STEPS[motion](Math.max(1, box.height - 1));
  if (overlay.kind === 'page') {
    const last = Math.max(0, pageLines(overlay.topic, state, world, box.width).length - box.height);
    return [{ type: 'overlay-changed', overlay: { ...overlay, top: Math.max(0, Math.min(overlay.top + by, last)) } }];
  }
  if (overlay.kind !== 'picker') return [];
  const last = Math.max(0, pickerItems(overlay, state, world).length - 1);
  return [{ type: 'overlay-changed', overlay: { ...overlay, index: Math.max(0, Math.min(last, overlay.index + by)) } }];
}

function motion(id: Motion, keys: readonly Key[], description: string): Binding {
  const act: Binding['act'] = (state, world) => {
    const overlay = state.overlays.at(-1);
    if (overlay !== undefined) return moved(state, world, overlay, id);
    return viewOf(state.focus)?.move(state, world, id) ?? [];
  };
  return plain(`move.${id}`, keys, description, act, { label: id, group: 'Movement', scopes: EVERYWHERE });
}

function opens(picker: PickerKind, key: Key, label: string, description: string, priority: number): Binding {
  const act: Binding['act'] = () => [
    { type: 'overlay-opened', overlay: { kind: 'picker', picker, field: fieldOf(''), index: 0 } },
  ];
  return plain(picker, [key], description, act, { label, priority });
}

/** From pane to pane on the home screen, whether or not both fit; from a view that has the frame to itself, to the next view. */
function focusStep(state: State, by: 1 | -1): readonly Action[] {
  const ids = HOME.includes(state.focus) ? HOME : VIEWS.map(({ id }) => id);
  const view = ids[(ids.indexOf(state.focus) + by + ids.length) % ids.length];
  return view === undefined ? [] : [{ type: 'focused', view }];
}

/** One level back: overlay, borderless, a message, then what the view has to take back. Never out. */
function back(state: State): readonly Action[] {
  if (state.overlays.length > 0) return [{ type: 'overlay-closed' }];
  if (state.borderless) return [{ type: 'borderless-toggled' }];
  if (state.toasts.some(({ message }) => message.level === 'error')) return [{ type: 'toasts-dismissed' }];
  const inView = viewOf(state.focus)?.back(state) ?? [];
  return inView.length > 0 || state.toasts.length === 0 ? inView : [{ type: 'toasts-dismissed' }];
}

function confirmDetach(state: State): Confirmation | null {
  const count = runningCount(state);
  if (modeOf(state) !== 'in-process' || count === 0) return null;
  return {
    title: `Quit with ${plural(count, 'server')} running?`,
    text: [
      'They are supervised by this cockpit: stdio servers end with it,',
      'HTTP servers go on without a supervisor.',
    ],
    yes: 'Quit',
  };
}

function confirmQuit(state: State): Confirmation {
  const count = runningCount(state);
  return {
    title: count === 0 ? 'Quit and end the supervisor?' : `Stop ${plural(count, 'server')} and quit?`,
    text: ['Every program that uses them loses them,', 'and the supervisor ends.'],
    yes: count === 0 ? 'Quit' : `Stop ${count}, quit`,
  };
}

function answer(state: State, world: World, yes: boolean): readonly Action[] {
  const overlay = state.overlays.at(-1);
  if (overlay?.kind !== 'confirm') return [];
  const binding = world.bindings.find(({ id }) => id === overlay.binding);
  const closed: Action = { type: 'overlay-closed' };
  return yes && binding !== undefined ? [closed, ...binding.act(below(state), world, null)] : [closed];
}

function choose(state: State, world: World, at: number | null): readonly Action[] {
  const overlay = state.overlays.at(-1);
  if (overlay?.kind !== 'picker') return [];
  return pickerItems(overlay, state, world)[at ?? overlay.index]?.choose(state, world) ?? [];
}

const chosenYes = (state: State): boolean => {
  const overlay = state.overlays.at(-1);
  return overlay?.kind === 'confirm' && overlay.yes;
};

const question = { group: 'Questions', scopes: ['confirm'] } as const;
const list = { group: 'Lists', scopes: ['picker'] } as const;

export const frameBindings: readonly Binding[] = [
  opens('help', '?', 'help', 'Show all keys; typing filters, Enter does it', 100),
  opens('palette', ':', 'command', 'Find any command by name', 55),
  ...VIEWS.map(({ id, key, name }) =>
    plain(`view.${id}`, [key], `Go to ${name}`, () => [{ type: 'focused', view: id }], { label: name.toLowerCase() }),
  ),
  plain('next-pane', ['tab'], 'Go to the next pane', (state) => focusStep(state, 1), {
    label: 'next pane',
    priority: 10,
  }),
  plain('previous-pane', ['shift-tab'], 'Go to the previous pane', (state) => focusStep(state, -1)),
  plain('back', ['esc'], 'One step back; never leaves the cockpit', back, { label: 'back' }),
  opens('commands', 'C', 'as command', 'Copy the command line of an action', 15),
  opens('messages', 'M', 'messages', 'Show the messages so far; Enter copies one', 12),
  plain('undo', ['u'], 'Take back the last change of the registry made here', () => [{ type: 'undo-asked' }], {
    dangerous: true,
    disabledReason: ({ undo }) =>
      undo.length === 0 ? 'nothing to take back: no change of the registry was made here' : null,
  }),
  plain('detach', ['q'], 'Leave; the servers keep running', () => [{ type: 'leave-asked', how: 'detach' }], {
    label: 'detach',
    labelNow: (state) => (modeOf(state) === 'in-process' ? 'quit' : 'detach'),
    priority: 65,
    confirm: confirmDetach,
  }),
  plain(
    'quit',
    ['Q'],
    'Stop all servers and the supervisor, then leave',
    () => [{ type: 'leave-asked', how: 'stop-all' }],
    {
      label: 'stop all, quit',
      dangerous: true,
      disabledReason: linkReason,
      confirm: confirmQuit,
      commandLine: () => 'mcp supervisor stop --all',
    },
  ),
  plain('suspend', ['ctrl-z'], 'Suspend to the shell; fg comes back', () => [{ type: 'suspend-asked' }]),
  plain('redraw', ['ctrl-l'], 'Draw the screen again', () => [{ type: 'redraw-asked' }]),
  motion('up', ['up', 'k'], 'Up'),
  motion('down', ['down', 'j'], 'Down'),
  motion('page-up', ['pageup'], 'Up one page'),
  motion('page-down', ['pagedown'], 'Down one page'),
  motion('half-up', ['ctrl-u'], 'Up half a page'),
  motion('half-down', ['ctrl-d'], 'Down half a page'),
  motion('first', ['home', 'g'], 'To the first'),
  motion('last', ['end', 'G'], 'To the last; in a log, follow'),
  plain('picker.choose', ['enter'], 'Choose', (state, world) => choose(state, world, null), {
    ...list,
    label: 'choose',
  }),
  plain('picker.close', ['esc'], 'Close', () => [{ type: 'overlay-closed' }], { ...list, label: 'close' }),
  plain(
    'picker.number',
    ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    'Choose the row of that number',
    (state, world, key) => choose(state, world, Number(key) - 1),
    list,
  ),
  plain('confirm.yes', ['y'], 'Yes', (state, world) => answer(state, world, true), { ...question, label: 'yes' }),
  plain('confirm.no', ['n', 'esc', 'q'], 'Cancel', (state, world) => answer(state, world, false), {
    ...question,
    label: 'cancel',
  }),
  plain(
    'confirm.choice',
    ['enter'],
    'Do what is chosen',
    (state, world) => answer(state, world, chosenYes(state)),
    question,
  ),
  plain(
    'confirm.switch',
    ['tab', 'shift-tab', 'left', 'right'],
    'Choose the other answer',
    (state) => {
      const overlay = state.overlays.at(-1);
      return overlay?.kind === 'confirm'
        ? [{ type: 'overlay-changed', overlay: { ...overlay, yes: !overlay.yes } }]
        : [];
    },
    question,
  ),
];
