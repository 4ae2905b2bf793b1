import type { Binding } from '../../binding.ts';
import { callLine } from '../../calls/command-line.ts';
import { resultOf } from '../../calls/suite.ts';
import { fieldOf } from '../../keys/field.ts';
import type { State } from '../../state.ts';
import { tame } from '../../text/tame.ts';
import { linkReason } from '../servers/commands.ts';
import { callReason, confirmAgain, formFor, lastArgs } from './commands.ts';
import { heldBack, selectedTool } from './select.ts';

const LIST = ['tools'] as const;
const CALL_PAGE = ['page:call'] as const;

const noTool = (state: State): string | null => (selectedTool(state) === null ? 'no tool is selected' : null);

/** The tools of the selected one's server whose definitions changed. */
function changedTools(state: State): { readonly server: string; readonly names: readonly string[] } | null {
  const server = selectedTool(state)?.server;
  const tools = state.tools.servers.find((one) => one.server === server)?.tools ?? [];
  const names = tools.filter(({ changed }) => changed).map(({ name }) => tame(name, 40));
  return server === undefined || names.length === 0 ? null : { server, names };
}

const NAMED = 6;

export const toolsBindings: readonly Binding[] = [
  {
    id: 'tools.form',
    keys: ['enter'],
    scopes: LIST,
    label: 'call',
    description: 'Open the form of the selected tool, to call it',
    group: 'Tools',
    priority: 90,
    dangerous: false,
    disabledReason: (state) => {
      const row = selectedTool(state);
      return row === null ? noTool(state) : heldBack(row.tool);
    },
    commandLine: (state) => {
      const row = selectedTool(state);
      return row === null ? null : callLine(row.server, row.tool.name, lastArgs(state, row.server, row.tool.name));
    },
    act: (state) => {
      const form = formFor(state);
      return form === null ? [] : [{ type: 'overlay-opened', overlay: { kind: 'form', form } }];
    },
  },
  {
    id: 'tools.filter',
    keys: ['/'],
    scopes: LIST,
    label: 'search',
    description: 'Search tools as you type: every word must be in server, name or description',
    group: 'Tools',
    priority: 85,
    dangerous: false,
    act: ({ tools: { filter } }) => [
      { type: 'typing-changed', typing: { prompt: 'tools.filter', field: fieldOf(filter), before: filter } },
    ],
  },
  {
    id: 'tools.accept',
    keys: ['A'],
    scopes: LIST,
    label: 'accept changes',
    description: 'Accept the changed definitions of the tools of this server',
    group: 'Tools',
    priority: 60,
    dangerous: true,
    disabledReason: (state) =>
      noTool(state) ?? (changedTools(state) === null ? 'no definition of this server changed' : linkReason(state)),
    confirm: (state) => {
      const changed = changedTools(state);
      if (changed === null) return null;
      const more = changed.names.length > NAMED ? ` and ${changed.names.length - NAMED} more` : '';
      return {
        title: `Accept what changed at ${changed.server}?`,
        text: [
          changed.names.slice(0, NAMED).join(', ') + more,
          'Models read these definitions: look at them first (Enter on a tool).',
        ],
        yes: 'Accept',
      };
    },
    act: (state) => {
      const changed = changedTools(state);
      return changed === null ? [] : [{ type: 'tools-accepted', server: changed.server }];
    },
  },
  {
    id: 'tools.log',
    keys: ['l'],
    scopes: LIST,
    label: 'log',
    description: "Go to the log of the selected tool's server",
    group: 'Tools',
    priority: 40,
    dangerous: false,
    disabledReason: noTool,
    act: (state) => {
      const row = selectedTool(state);
      return row === null
        ? []
        : [
            { type: 'servers-selected', name: row.server },
            { type: 'focused', view: 'logs' },
          ];
    },
  },
  {
    id: 'tools.again',
    keys: ['r'],
    scopes: CALL_PAGE,
    label: 'again',
    description: 'Make the same call again',
    group: 'Tools',
    priority: 80,
    dangerous: true,
    disabledReason: (state) => {
      const { call } = state.tools;
      if (call === null) return 'nothing was called yet';
      if (call.outcome === null) return 'it is not answered yet';
      return callReason(state, call.server, call.tool.name, heldBack) ?? linkReason(state);
    },
    confirm: confirmAgain,
    commandLine: ({ tools: { call } }) => (call === null ? null : callLine(call.server, call.tool.name, call.args)),
    act: ({ tools: { call } }) =>
      call === null ? [] : [{ type: 'tool-called', server: call.server, tool: call.tool, args: call.args }],
  },
  {
    id: 'tools.keep',
    keys: ['W'],
    scopes: CALL_PAGE,
    label: 'write case',
    description: 'Write the call and its answer to a suite file in the working directory, for mcp-test',
    group: 'Tools',
    priority: 70,
    dangerous: false,
    disabledReason: ({ tools: { call } }) => (call?.outcome == null ? 'it is not answered yet' : null),
    act: ({ tools: { call } }) => {
      if (call === null) return [];
      const { server, tool, args, outcome } = call;
      return [{ type: 'call-kept', kept: { server, tool: tool.name, args, result: resultOf(outcome) } }];
    },
  },
];
