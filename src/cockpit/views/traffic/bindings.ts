import type { Binding } from '../../binding.ts';
import { callLine } from '../../calls/command-line.ts';
import { caseOf } from '../../calls/suite.ts';
import { fieldOf } from '../../keys/field.ts';
import type { State } from '../../state.ts';
import { linkReason } from '../servers/commands.ts';
import { entryOf, isToolCall, openRequest, selectedEntry, shownEntries, targetEntries } from './select.ts';

const LIST = ['traffic'] as const;
const LIST_AND_PAGE = ['traffic', 'page:request'] as const;

const nothing = (state: State): string | null =>
  selectedEntry(state) === null ? 'nothing passed through the hub yet' : null;

/** The request that is looked at: the one whose page is open, else the selected one. */
function current(state: State) {
  const open = openRequest(state);
  return open === null ? selectedEntry(state) : entryOf(state, open);
}

function repeatReason(state: State): string | null {
  const entry = current(state);
  if (entry === null) return nothing(state) ?? 'the request is gone';
  return isToolCall(entry) ? linkReason(state) : 'only calls of tools can be made again';
}

const binding = (
  id: string,
  keys: readonly string[],
  scopes: Binding['scopes'],
  label: string,
  priority: number,
  description: string,
  rest: Omit<Partial<Binding>, 'id' | 'keys'> & Pick<Binding, 'act'>,
): Binding => ({
  id: `traffic.${id}`,
  keys,
  scopes,
  label,
  priority,
  description,
  group: 'Traffic',
  dangerous: false,
  ...rest,
});

export const trafficBindings: readonly Binding[] = [
  binding('detail', ['enter'], LIST, 'detail', 90, 'Open the selected request: what was asked, what was answered', {
    disabledReason: nothing,
    act: (state) => {
      const seq = selectedEntry(state)?.seq;
      if (seq === undefined) return [];
      // The page is about this request, however many come meanwhile.
      return [
        { type: 'traffic-selected', seq },
        { type: 'overlay-opened', overlay: { kind: 'page', topic: { type: 'request', seq }, top: 0 } },
      ];
    },
  }),
  binding('follow', ['f'], LIST, 'follow', 85, 'Follow the newest request, or pause where it is', {
    labelNow: ({ traffic: { follow } }) => (follow ? 'pause' : 'follow'),
    disabledReason: nothing,
    act: (state) => {
      const seq = state.traffic.follow ? (selectedEntry(state)?.seq ?? null) : null;
      return [{ type: 'traffic-selected', seq }];
    },
  }),
  binding(
    'filter',
    ['/'],
    LIST,
    'filter',
    80,
    'Filter requests as you type: every word must be in client, server, tool, method or outcome',
    {
      act: ({ traffic: { filter } }) => [
        { type: 'typing-changed', typing: { prompt: 'traffic.filter', field: fieldOf(filter), before: filter } },
      ],
    },
  ),
  binding('repeat', ['r'], LIST_AND_PAGE, 'repeat', 75, 'Repeat a call of a tool: opens its form, filled in', {
    dangerous: true,
    disabledReason: repeatReason,
    commandLine: (state) => {
      const { detail } = state.traffic;
      const made = detail === null ? null : caseOf(detail.entry.server, detail.request, null);
      return made === null || typeof made === 'string' ? null : callLine(made.server, made.tool, made.args);
    },
    act: (state) => {
      const seq = current(state)?.seq;
      return seq === undefined ? [] : [{ type: 'request-repeated', seq }];
    },
  }),
  binding(
    'keep',
    ['W'],
    LIST_AND_PAGE,
    'write suite',
    70,
    'Write the marked or the selected calls to a suite file in the working directory, for mcp-test',
    {
      disabledReason: (state) =>
        targetEntries(state).some(isToolCall) ? linkReason(state) : 'only calls of tools can be kept as cases',
      act: (state) => [
        {
          type: 'requests-kept',
          seqs: targetEntries(state)
            .filter(isToolCall)
            .map(({ seq }) => seq),
        },
      ],
    },
  ),
  binding('mark', ['space'], LIST, 'mark', 60, 'Mark or unmark the selected request', {
    disabledReason: nothing,
    act: (state) => {
      const seq = selectedEntry(state)?.seq;
      if (seq === undefined) return [];
      return [
        { type: 'traffic-selected', seq },
        { type: 'traffic-marked', seqs: [seq], marked: !state.traffic.marked.has(seq) },
      ];
    },
  }),
  binding('mark-all', ['*'], LIST, 'mark all', 0, 'Mark all calls of tools shown, or none when all are marked', {
    disabledReason: nothing,
    act: (state) => {
      const seqs = shownEntries(state)
        .filter(isToolCall)
        .map(({ seq }) => seq);
      return [{ type: 'traffic-marked', seqs, marked: !seqs.every((seq) => state.traffic.marked.has(seq)) }];
    },
  }),
  binding('server', ['l'], LIST_AND_PAGE, 'log', 40, 'Go to the log of the server of the request', {
    disabledReason: (state) => (current(state)?.server == null ? 'no server answered this' : null),
    act: (state) => {
      const name = current(state)?.server;
      return name == null
        ? []
        : [
            { type: 'servers-selected', name },
            { type: 'focused', view: 'logs' },
          ];
    },
  }),
];
