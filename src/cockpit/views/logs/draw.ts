import type { LogLevel } from '../../../supervisor/api.ts';
import type { PaneBox } from '../../frame/layout.ts';
import type { State } from '../../state.ts';
import { clock } from '../../text/duration.ts';
import { fit, type Line, type Span, sliceLine, span } from '../../text/line.ts';
import { hasColour, wrapColumns } from '../../text/sgr.ts';
import type { Matcher } from '../../text/smart-case.ts';
import { pad, truncateMiddle } from '../../text/truncate.ts';
import type { Role } from '../../theme/role.ts';
import type { DrawContext } from '../../view.ts';
import { lineFilter } from './line-filter.ts';
import { streamServers, streamState } from './stream.ts';
import { currentLine, type LogColumns, type LogRow, logColumns, logRows } from './window.ts';

const LETTERS: Readonly<Record<LogLevel, readonly [string, Role]>> = {
  error: ['E', 'error'],
  warn: ['W', 'warn'],
  info: [' ', 'text'],
  debug: ['D', 'label'],
};

const NAME_ROLES: readonly Role[] = ['name1', 'name2', 'name3', 'name4', 'name5', 'name6'];

/** The rows of the pane. */
export function drawLogs(state: State, context: DrawContext, box: PaneBox, focused: boolean): readonly Line[] {
  const rows = logRows(state, context.lines);
  if (rows.length === 0)
    return emptyLog(state, context).map((text) => fit([span(` ${text}`)], box.width, context.glyphs.cut));
  const stream = streamState(state);
  const cursor = stream.follow ? null : (currentLine(state, context.lines)?.arrival ?? null);
  const drawing = {
    state,
    context,
    columns: logColumns(state),
    matcher: lineFilter(stream).matcher,
    left: stream.left,
  };
  return rows.map((row) => {
    const isHere = row.entry.arrival === cursor;
    const line = drawRow(drawing, row, isHere);
    return isHere && focused ? asCursor(line, box.width, context.glyphs.cut) : line;
  });
}

/** The bar of the cursor: its colours replace the line's own, what is searched stays visible. */
function asCursor(line: Line, width: number, cut: string): Line {
  const bared = line.map(({ text, role }) => span(bare(text), role === 'match' ? 'matchHere' : 'selected'));
  return fit(bared, width, cut).map((part) => ({ ...part, role: part.role ?? 'selected' }));
}

interface LogDrawing {
  readonly state: State;
  readonly context: DrawContext;
  readonly columns: LogColumns;
  readonly matcher: Matcher | null;
  readonly left: number;
}
const bare = (text: string): string => text.replace(/\u001B\[[\d;:]*m/g, '');

function drawRow(
  { state, context, columns, matcher, left }: LogDrawing,
  { entry, part }: LogRow,
  isHere: boolean,
): Line {
  const { glyphs } = context;
  const [letter, role] = LETTERS[entry.line.level ?? 'info'];
  const isFirst = part === 0;
  const prefix: Span[] = [
    span(isHere && isFirst ? glyphs.pointer : ' ', 'accent'),
    span(isFirst ? `${letter} ` : '  ', role),
  ];
  if (columns.time > 0) {
    const time = entry.line.at === null ? '--:--:--' : clock(entry.line.at);
    prefix.push(span(isFirst ? `${time} ` : ' '.repeat(columns.time), 'label'));
  }
  if (columns.names > 0) {
    const name = truncateMiddle(entry.server, columns.names - 1, glyphs.cut);
    prefix.push(span(pad(isFirst ? name : '', columns.names, 'left'), nameRole(state, entry.server)));
  }
  const text = textOf(entry, matcher, glyphs.dot);
  const shown = state.logs.wrap
    ? sliceLine(text, part * columns.text, (part + 1) * columns.text)
    : sliceLine(text, left, left + columns.text);
  return [...prefix, ...shown];
}

function textOf({ line }: LogRow['entry'], matcher: Matcher | null, dot: string): Line {
  if (line.kind === 'mark') return [span(`${dot} ${line.plain}`, 'label')];
  const ranges = matcher?.ranges(line.plain) ?? [];
  if (ranges.length === 0) return [hasColour(line.text) ? { text: line.text, coloured: true } : span(line.text)];
  const parts: Span[] = [];
  let from = 0;
  for (const [start, end] of ranges) {
    if (start > from) parts.push(span(line.plain.slice(from, start)));
    parts.push(span(line.plain.slice(start, end), 'match'));
    from = end;
  }
  parts.push(span(line.plain.slice(from)));
  return parts;
}

function nameRole(state: State, server: string): Role {
  const index = state.units.findIndex(({ name }) => name === server);
  return NAME_ROLES[Math.max(0, index) % NAME_ROLES.length] ?? 'text';
}

function emptyLog(state: State, { lines }: DrawContext): readonly string[] {
  const servers = streamServers(state);
  const [first] = servers;
  if (first === undefined)
    return state.units.length === 0 ? ['Logs of your servers show here.'] : ['No server is selected.'];
  const stream = streamState(state);
  if (lines.count(servers) > 0) {
    const level = stream.level === null ? '' : ` of level ${stream.level} or above`;
    const search = stream.onlyMatches && stream.search !== '' ? ` that matches "${stream.search}"` : '';
    return [`No line${level}${search}.`, 'Esc shows all again'];
  }
  const unit = state.units.find(({ name }) => name === first);
  const isDown = servers.length === 1 && (unit?.state === 'stopped' || unit?.state === 'asleep');
  return [
    `${servers.length === 1 ? first : 'None of these servers'} has written nothing yet.`,
    isDown ? `s starts ${first}` : '',
  ];
}

/** Rows a text takes on a page: JSON laid out, everything else wrapped. */
export function pageRows(text: string, width: number): readonly string[] {
  return laidOut(text)
    .split('\n')
    .flatMap((row) => wrapColumns(row, width));
}

function laidOut(text: string): string {
  const start = text.search(/[[{]/);
  if (start === -1) return text;
  try {
    const body = JSON.stringify(JSON.parse(text.slice(start)), null, 2);
    return start === 0 ? body : `${text.slice(0, start).trimEnd()}\n${body}`;
  } catch {
    return text;
  }
}
