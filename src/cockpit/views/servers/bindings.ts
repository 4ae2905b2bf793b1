import type { ServerVerb } from '../../action.ts';
import type { Binding } from '../../binding.ts';
import { fieldOf } from '../../keys/field.ts';
import type { State } from '../../state.ts';
import { command, commandedNames, commandLine, confirmStop, linkReason, verbReason } from './commands.ts';
import { selectedServer, shownServers, targets } from './select.ts';
import { SORTS } from './state.ts';

const TABLE = ['servers'] as const;
/** The commands that make sense on the page of one server as well. */
const TABLE_AND_PAGE = ['servers', 'page:server'] as const;

const noServer = (state: State): string | null => (selectedServer(state) === null ? 'no server is selected' : null);

const selectedNames = ({ servers: { selected } }: State): readonly string[] => (selected === null ? [] : [selected]);

function verbBinding(verb: ServerVerb, key: string, priority: number, description: string): Binding {
  return {
    id: `servers.${verb}`,
    keys: [key],
    scopes: TABLE_AND_PAGE,
    label: verb,
    description,
    group: 'Servers',
    priority,
    dangerous: true,
    disabledReason: (state) => verbReason(state, verb, targets(state)),
    ...(verb === 'stop' ? { confirm: (state: State) => confirmStop(targets(state)) } : {}),
    commandLine: (state) => commandLine(verb, commandedNames(state)),
    act: (state) => command(verb, targets(state)),
  };
}

function allBinding(verb: ServerVerb): Binding {
  return {
    id: `servers.${verb}-all`,
    keys: [],
    scopes: TABLE,
    label: `${verb} all`,
    description: `${verb[0]?.toUpperCase()}${verb.slice(1)} all servers`,
    group: 'Servers',
    priority: 0,
    dangerous: true,
    disabledReason: (state) =>
      state.units.length === 0 ? 'there are no servers' : verbReason(state, verb, state.units),
    ...(verb === 'stop' ? { confirm: (state: State) => confirmStop(state.units) } : {}),
    commandLine: () => commandLine(verb, 'all'),
    act: (state) => command(verb, state.units),
  };
}

export const serversBindings: readonly Binding[] = [
  verbBinding('start', 's', 90, 'Start the selected or the marked servers'),
  verbBinding('stop', 'S', 88, 'Stop the selected or the marked servers'),
  verbBinding('restart', 'r', 86, 'Restart the selected or the marked servers'),
  {
    id: 'servers.logs',
    keys: ['l'],
    scopes: TABLE_AND_PAGE,
    label: 'logs',
    description: 'Go to the log of the selected server',
    group: 'Servers',
    priority: 80,
    dangerous: false,
    disabledReason: noServer,
    commandLine: (state) => commandLine('logs', selectedNames(state)),
    act: () => [{ type: 'focused', view: 'logs' }],
  },
  {
    id: 'servers.detail',
    keys: ['enter'],
    scopes: TABLE,
    label: 'detail',
    description: 'Open the page of the selected server: entry, history, catalog, processes',
    group: 'Servers',
    priority: 70,
    dangerous: false,
    disabledReason: noServer,
    commandLine: (state) => commandLine('status', selectedNames(state)),
    act: ({ servers: { selected } }) =>
      selected === null
        ? []
        : [{ type: 'overlay-opened', overlay: { kind: 'page', topic: { type: 'server', name: selected }, top: 0 } }],
  },
  {
    id: 'servers.mark',
    keys: ['space'],
    scopes: TABLE,
    label: 'mark',
    description: 'Mark or unmark the selected server; commands and logs then go to the marked ones',
    group: 'Servers',
    priority: 50,
    dangerous: false,
    disabledReason: noServer,
    act: ({ servers: { selected, marked } }) =>
      selected === null ? [] : [{ type: 'servers-marked', names: [selected], marked: !marked.has(selected) }],
  },
  {
    id: 'servers.mark-all',
    keys: ['*'],
    scopes: TABLE,
    label: 'mark all',
    description: 'Mark all servers shown, or none when all are marked',
    group: 'Servers',
    priority: 20,
    dangerous: false,
    disabledReason: noServer,
    act: (state) => {
      const names = shownServers(state).map(({ name }) => name);
      return [{ type: 'servers-marked', names, marked: !names.every((name) => state.servers.marked.has(name)) }];
    },
  },
  {
    id: 'servers.sort',
    keys: ['o'],
    scopes: TABLE,
    label: 'sort',
    description: 'Sort by the next column: registry, name, state, CPU, memory, uptime',
    group: 'Servers',
    priority: 30,
    dangerous: false,
    act: ({ servers: { sort } }) => [
      { type: 'servers-sorted', sort: SORTS[(SORTS.indexOf(sort) + 1) % SORTS.length] ?? 'registry' },
    ],
  },
  {
    id: 'servers.filter',
    keys: ['/'],
    scopes: TABLE,
    label: 'filter',
    description: 'Filter the servers as you type; a leading ! inverts, capitals make it exact',
    group: 'Servers',
    priority: 60,
    dangerous: false,
    act: ({ servers: { filter } }) => [
      { type: 'typing-changed', typing: { prompt: 'servers.filter', field: fieldOf(filter), before: filter } },
    ],
  },
  {
    id: 'servers.edit',
    keys: ['e'],
    scopes: TABLE_AND_PAGE,
    label: 'edit',
    description: "Open the registry in $EDITOR at the selected server's entry",
    group: 'Servers',
    priority: 40,
    dangerous: true,
    commandLine: (state) => commandLine('edit', selectedNames(state)) ?? 'mcp edit',
    act: ({ servers: { selected } }) => [{ type: 'edit-asked', name: selected ?? '' }],
  },
  allBinding('start'),
  allBinding('stop'),
  allBinding('restart'),
  {
    id: 'servers.reload',
    keys: [],
    scopes: TABLE,
    label: 'reload',
    description: 'Read the registry again now',
    group: 'Servers',
    priority: 0,
    dangerous: false,
    disabledReason: linkReason,
    act: () => [{ type: 'reload-asked' }],
  },
];
