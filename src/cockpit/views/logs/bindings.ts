import type { Binding, World } from '../../binding.ts';
import { fieldOf } from '../../keys/field.ts';
import type { LogPosition } from '../../logs/line-ring.ts';
import type { State } from '../../state.ts';
import { plural } from '../../text/quantity.ts';
import { LEVELS } from './line-filter.ts';
import { moveToMatch, resume } from './move.ts';
import { ALL_STREAM, MARKED_STREAM } from './state.ts';
import { streamKey, streamServers, streamState } from './stream.ts';
import { currentLine, logRows, shownLines } from './window.ts';

/** Columns that one press of left or right moves. */
const SIDE_STEP = 8;

const noLog = (state: State): string | null => (streamServers(state).length === 0 ? 'no server is selected' : null);
const noSearch = (state: State): string | null =>
  streamState(state).search === '' ? 'nothing is searched: / asks' : null;

/** Lines as text for files and the clipboard, with the server's name where there are several. */
function textOf(
  state: State,
  entries: Iterable<{ readonly server: string; readonly line: { readonly plain: string } }>,
): string[] {
  const named = state.logs.all || state.servers.marked.size > 0;
  return Array.from(entries, ({ server, line }) => (named ? `${server} ${line.plain}` : line.plain));
}

/** `weather-20260801-103207.log` */
function fileName(state: State, world: World): string {
  const key = streamKey(state) ?? ALL_STREAM;
  const name = key === ALL_STREAM ? 'all-servers' : key === MARKED_STREAM ? 'marked-servers' : key;
  const stamp = new Date(world.now() - new Date(world.now()).getTimezoneOffset() * 60_000).toISOString();
  return `${name}-${stamp.slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}.log`;
}

function sideways(id: string, keys: readonly string[], columns: number, description: string): Binding {
  return {
    id: `logs.${id}`,
    keys,
    scopes: ['logs'],
    label: id,
    description,
    group: 'Logs',
    priority: 0,
    dangerous: false,
    disabledReason: (state) => (state.logs.wrap ? 'lines are wrapped: w stops that' : null),
    act: (state) => [{ type: 'logs-stream-changed', change: { left: Math.max(0, streamState(state).left + columns) } }],
  };
}

function toggle(
  what: 'all' | 'wrap' | 'timestamps',
  key: string,
  priority: number,
  label: string,
  text: string,
): Binding {
  return {
    id: `logs.${what}`,
    keys: [key],
    scopes: ['logs'],
    label,
    description: text,
    group: 'Logs',
    priority,
    dangerous: false,
    ...(what === 'all' ? { commandLine: () => 'mcp all logs' } : {}),
    act: () => [{ type: 'logs-toggled', what }],
  };
}

export const logsBindings: readonly Binding[] = [
  {
    id: 'logs.follow',
    keys: ['f'],
    scopes: ['logs'],
    label: 'follow',
    description: 'Follow the end of the log, or pause it where it is',
    group: 'Logs',
    priority: 90,
    dangerous: false,
    disabledReason: noLog,
    commandLine: (state) => {
      const key = streamKey(state);
      if (key === null) return null;
      return key === ALL_STREAM ? 'mcp all logs -f' : `mcp logs ${streamServers(state).join(' ')} -f`;
    },
    act: (state, world) => {
      if (!streamState(state).follow) return resume(state, world);
      const rows = logRows(state, world.lines);
      const [first, last] = [rows[0], rows.at(-1)];
      const at = ({ time, arrival }: LogPosition): LogPosition => ({ time, arrival });
      const top = first === undefined ? null : { ...at(first.entry), skip: first.part };
      const cursor = last === undefined ? null : at(last.entry);
      return [{ type: 'logs-stream-changed', change: { follow: false, cursor, top } }];
    },
  },
  {
    id: 'logs.search',
    keys: ['/'],
    scopes: ['logs'],
    label: 'search',
    description: 'Search and highlight as you type; Tab hides what does not match, a leading ! inverts',
    group: 'Logs',
    priority: 85,
    dangerous: false,
    disabledReason: noLog,
    act: (state) => {
      const { search } = streamState(state);
      return [{ type: 'typing-changed', typing: { prompt: 'logs.search', field: fieldOf(search), before: search } }];
    },
  },
  {
    id: 'logs.next-match',
    keys: ['n'],
    scopes: ['logs'],
    label: 'next',
    description: 'Go to the next line that matches the search',
    group: 'Logs',
    priority: 60,
    dangerous: false,
    disabledReason: noSearch,
    act: (state, world) => moveToMatch(state, world, 1),
  },
  {
    id: 'logs.previous-match',
    keys: ['P'],
    scopes: ['logs'],
    label: 'previous',
    description: 'Go to the previous line that matches the search',
    group: 'Logs',
    priority: 0,
    dangerous: false,
    disabledReason: noSearch,
    act: (state, world) => moveToMatch(state, world, -1),
  },
  {
    id: 'logs.level',
    keys: ['v'],
    scopes: ['logs'],
    label: 'level',
    description: 'Show all levels, then from info, from warn, errors only',
    group: 'Logs',
    priority: 70,
    dangerous: false,
    disabledReason: noLog,
    act: (state) => {
      const next = LEVELS[(LEVELS.indexOf(streamState(state).level) + 1) % LEVELS.length] ?? null;
      return [{ type: 'logs-stream-changed', change: { level: next } }];
    },
  },
  toggle('wrap', 'w', 66, 'wrap', 'Wrap long lines, or cut them at the edge'),
  toggle('timestamps', 'T', 40, 'times', 'Show when each line was written'),
  toggle('all', 'a', 75, 'all servers', "Show all servers' logs in one stream, or one again"),
  {
    id: 'logs.line',
    keys: ['enter'],
    scopes: ['logs'],
    label: 'line',
    description: 'Open the current line in full; JSON is laid out',
    group: 'Logs',
    priority: 45,
    dangerous: false,
    disabledReason: noLog,
    act: (state, { lines }) => {
      const entry = currentLine(state, lines);
      if (entry === null) return [];
      const topic = { type: 'log-line', server: entry.server, text: entry.line.plain, at: entry.line.at } as const;
      return [{ type: 'overlay-opened', overlay: { kind: 'page', topic, top: 0 } }];
    },
  },
  {
    id: 'logs.copy-line',
    keys: ['y'],
    scopes: ['logs'],
    label: 'copy',
    description: 'Copy the current line',
    group: 'Logs',
    priority: 50,
    dangerous: false,
    disabledReason: noLog,
    act: (state, { lines }) => {
      const entry = currentLine(state, lines);
      return entry === null ? [] : [{ type: 'logs-copied', text: entry.line.plain, what: 'the line' }];
    },
  },
  {
    id: 'logs.copy-visible',
    keys: ['Y'],
    scopes: ['logs'],
    label: 'copy page',
    description: 'Copy all lines on screen, without wrap breaks',
    group: 'Logs',
    priority: 0,
    dangerous: false,
    disabledReason: noLog,
    act: (state, { lines }) => {
      const entries = new Set(logRows(state, lines).map(({ entry }) => entry));
      const text = textOf(state, entries);
      return text.length === 0
        ? []
        : [{ type: 'logs-copied', text: text.join('\n'), what: plural(text.length, 'line') }];
    },
  },
  {
    id: 'logs.write',
    keys: ['W'],
    scopes: ['logs'],
    label: 'write file',
    description: 'Write the log as filtered to a file in the working directory',
    group: 'Logs',
    priority: 35,
    dangerous: false,
    disabledReason: noLog,
    act: (state, world) => {
      const text = textOf(state, shownLines(state, world.lines));
      return [{ type: 'logs-written', name: fileName(state, world), text: `${text.join('\n')}\n`, lines: text.length }];
    },
  },
  {
    id: 'logs.path',
    keys: [],
    scopes: ['logs'],
    label: 'copy path',
    description: 'Copy the path of the log file, which has the full text of every line',
    group: 'Logs',
    priority: 0,
    dangerous: false,
    disabledReason: noLog,
    commandLine: (state) => {
      const path = state.units.find(({ name }) => name === streamServers(state)[0])?.logPath;
      return path === undefined ? null : `less +F ${path}`;
    },
    act: (state, { lines }) => {
      const paths = streamServers(state).map((server) => lines.path(server));
      return [
        { type: 'logs-copied', text: paths.join('\n'), what: paths.length === 1 ? (paths[0] ?? '') : 'the paths' },
      ];
    },
  },
  {
    id: 'logs.borderless',
    keys: ['z'],
    scopes: ['logs'],
    label: 'borderless',
    description: "Show the log alone and without frame, for the terminal's own selection",
    group: 'Logs',
    priority: 30,
    dangerous: false,
    act: () => [{ type: 'borderless-toggled' }],
  },
  sideways('left', ['left', 'h'], -SIDE_STEP, 'Scroll eight columns to the left'),
  sideways('right', ['right', 'l'], SIDE_STEP, 'Scroll eight columns to the right'),
];
