import type { Action } from '../../action.ts';
import type { Binding, World } from '../../binding.ts';
import { callLine } from '../../calls/command-line.ts';
import { type Button, buttonAt, type Form, moveFocus, showWrong, switchRaw, verdictOf } from '../../form/form.ts';
import type { Confirmation, State } from '../../state.ts';
import { linkReason } from '../servers/commands.ts';
import { callForm, callReason, confirmForm, openedForm, withForm } from './commands.ts';
import { heldBack } from './select.ts';

const told = (text: string, world: World): readonly Action[] => [
  { type: 'told', level: 'warn', text, server: null, at: world.now() },
];

function toggleRaw(form: Form, world: World): readonly Action[] {
  const switched = switchRaw(form);
  return switched === null ? told('the fields cannot stand for this JSON: it stays JSON', world) : withForm(switched);
}

function copyLine(form: Form): readonly Action[] {
  const { args } = verdictOf(form);
  if (args === null) return withForm(showWrong(form));
  return [{ type: 'copy-asked', text: callLine(form.server, form.tool.name, args), what: 'the command line' }];
}

function keep(form: Form): readonly Action[] {
  const { args } = verdictOf(form);
  if (args === null) return withForm(showWrong(form));
  return [{ type: 'call-kept', kept: { server: form.server, tool: form.tool.name, args, result: null } }];
}

const PRESS: Readonly<Record<Button, (form: Form, world: World) => readonly Action[]>> = {
  call: callForm,
  json: toggleRaw,
  save: keep,
  copy: copyLine,
};

const reason = (state: State): string | null => {
  const form = openedForm(state);
  if (form === null) return 'no form is open';
  return callReason(state, form.server, form.tool.name, heldBack) ?? linkReason(state);
};

const question = (state: State): Confirmation | null => {
  const form = openedForm(state);
  return form === null ? null : confirmForm(form);
};

const isOnCall = (state: State): boolean => {
  const form = openedForm(state);
  return form !== null && buttonAt(form) === 'call';
};

function inForm(
  id: string,
  keys: readonly string[],
  label: string,
  priority: number,
  description: string,
  act: (form: Form, world: World) => readonly Action[],
  more: Partial<Binding> = {},
): Binding {
  return {
    id: `form.${id}`,
    keys,
    scopes: ['form'],
    label,
    description,
    group: 'Forms',
    priority,
    dangerous: false,
    ...more,
    act: (state, world) => {
      const form = openedForm(state);
      return form === null ? [] : act(form, world);
    },
  };
}

/** In a form letters are text, so its commands are keys that type nothing; each is also a button, or moves to one. */
export const formBindings: readonly Binding[] = [
  inForm('next', ['tab', 'down'], 'next', 80, 'To the next field or button', (form) => withForm(moveFocus(form, 1))),
  inForm('previous', ['shift-tab', 'up'], 'previous', 0, 'To the field or button before', (form) =>
    withForm(moveFocus(form, -1)),
  ),
  inForm(
    'enter',
    ['enter'],
    'next',
    90,
    'On a field: to the next one; on a button: press it',
    (form, world) => {
      const button = buttonAt(form);
      return button === null ? withForm(moveFocus(form, 1)) : PRESS[button](form, world);
    },
    {
      labelNow: (state) => {
        const form = openedForm(state);
        return form !== null && buttonAt(form) !== null ? 'press' : 'next';
      },
      disabledReason: (state) => (isOnCall(state) ? reason(state) : null),
      confirm: (state) => (isOnCall(state) ? question(state) : null),
    },
  ),
  inForm('call', ['ctrl-s'], 'call', 95, 'Call the tool, as Enter on Call does', callForm, {
    dangerous: true,
    disabledReason: reason,
    confirm: question,
  }),
  inForm('json', ['ctrl-r'], 'JSON', 70, 'Write the arguments as JSON, or in fields again', toggleRaw),
  inForm('close', ['esc'], 'back', 60, 'Leave the form; what was typed is there the next time', () => [
    { type: 'overlay-closed' },
  ]),
];
