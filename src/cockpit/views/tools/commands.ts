import type { Action } from '../../action.ts';
import { type Form, isRight, openForm, showWrong, verdictOf } from '../../form/form.ts';
import type { Args } from '../../form/values.ts';
import type { Confirmation, State } from '../../state.ts';
import { tame } from '../../text/tame.ts';
import { isDestructive, isReadOnly, selectedTool, toolKey, toolOf } from './select.ts';

export const openedForm = (state: State): Form | null => {
  const overlay = state.overlays.at(-1);
  return overlay?.kind === 'form' ? overlay.form : null;
};

export const withForm = (form: Form): readonly Action[] => [
  { type: 'overlay-changed', overlay: { kind: 'form', form } },
];

/** The form of the selected tool: as it was left, where the tool is still what it was. */
export function formFor(state: State): Form | null {
  const row = selectedTool(state);
  if (row === null) return null;
  const draft = state.tools.drafts.get(toolKey(row.server, row.tool.name));
  if (draft === undefined) return openForm(row.server, row.tool, null);
  if (draft.tool === row.tool) return { ...draft, isChecked: false, isRepeat: false };
  return openForm(row.server, row.tool, verdictOf(draft).args);
}

/** Calls with what the form stands for; where that is not right, says what is wrong instead. */
export function callForm(form: Form): readonly Action[] {
  const verdict = verdictOf(form);
  if (!isRight(verdict) || verdict.args === null) return withForm(showWrong(form));
  return [
    ...withForm({ ...form, isChecked: false, isRepeat: false }),
    { type: 'tool-called', server: form.server, tool: form.tool, args: verdict.args },
  ];
}

function confirmation(server: string, name: string, text: readonly string[]): Confirmation {
  return { title: `Call ${tame(name, 40)} of ${server}?`, text, yes: 'Call' };
}

/** The question before a call: for a tool that says it destroys, and before a repeated call to one that does not say it only reads. */
export function confirmForm(form: Form): Confirmation | null {
  if (!isRight(verdictOf(form))) return null;
  const { tool, server, isRepeat } = form;
  if (isDestructive(tool)) return confirmation(server, tool.name, ['It says that it may destroy something.']);
  return isRepeat && !isReadOnly(tool) ? confirmation(server, tool.name, REPEATED) : null;
}

const REPEATED = ['It was called before, and does not say that it only reads:', 'what it did then it may do again.'];

export function confirmAgain({ tools: { call } }: State): Confirmation | null {
  return call === null || isReadOnly(call.tool) ? null : confirmation(call.server, call.tool.name, REPEATED);
}

/** Why no tool can be called: of the cockpit, or of the tool as it is listed now. */
export function callReason(
  state: State,
  server: string,
  name: string,
  reasonOf: (tool: Form['tool']) => string | null,
) {
  if (state.setup.readOnly) return 'read-only: this cockpit calls no tools';
  const tool = toolOf(state, server, name);
  return tool === null ? null : reasonOf(tool);
}

/** The arguments a tool was last given here. */
export function lastArgs(state: State, server: string, name: string): Args {
  const { call, drafts } = state.tools;
  if (call !== null && call.server === server && call.tool.name === name) return call.args;
  const draft = drafts.get(toolKey(server, name));
  return (draft === undefined ? null : verdictOf(draft).args) ?? {};
}
