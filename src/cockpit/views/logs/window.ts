import { paneOf } from '../../frame/layout.ts';
import type { LogEntry, LogPosition } from '../../logs/line-ring.ts';
import { after, type LogLines, NEWEST, OLDEST } from '../../logs/log-lines.ts';
import type { State } from '../../state.ts';
import { wrapColumns } from '../../text/sgr.ts';
import { textWidth } from '../../text/width.ts';
import { lineFilter } from './line-filter.ts';
import type { LogTop } from './state.ts';
import { streamServers, streamState } from './stream.ts';

/** Pointer, level letter, blank. */
const GUTTER = 3;
const TIME = 9;
const LONGEST_NAME = 16;

export interface LogColumns {
  readonly names: number;
  readonly time: number;
  /** What is left for the text. */
  readonly text: number;
}

/** How the width of the pane is shared; names only where lines of several servers interleave. */
export function logColumns(state: State): LogColumns {
  const servers = streamServers(state);
  const widest = Math.min(LONGEST_NAME, Math.max(0, ...servers.map(textWidth)));
  const names = state.logs.all || state.servers.marked.size > 0 ? widest + 1 : 0;
  const time = state.logs.timestamps ? TIME : 0;
  return { names, time, text: Math.max(1, paneOf(state, 'logs').width - GUTTER - names - time) };
}

/** One row on screen: a line, or with wrap on a part of it. */
export interface LogRow {
  readonly entry: LogEntry;
  readonly part: number;
}

/** The rows that an entry takes, at least one. */
function rowCount(state: State, { line }: LogEntry, columns: number): number {
  if (!state.logs.wrap || line.plain.length <= columns) return 1;
  return wrapColumns(line.plain, columns).length;
}

/** The rows on screen, sliced out of the rings; never more of them are looked at than fit, hidden ones aside. */
export function logRows(state: State, lines: LogLines): readonly LogRow[] {
  const top = firstShown(state, lines);
  if (top === null) return [];
  const { height } = paneOf(state, 'logs');
  const columns = logColumns(state).text;
  const filter = lineFilter(streamState(state));
  const rows: LogRow[] = [];
  for (const entry of lines.forward(streamServers(state), top)) {
    if (!filter.passes(entry)) continue;
    const count = rowCount(state, entry, columns);
    for (let part = entry.arrival === top.arrival ? top.skip : 0; part < count; part += 1) {
      rows.push({ entry, part });
      if (rows.length === height) return rows;
    }
  }
  return rows;
}

/** Where the view starts: where it was paused, or so that the newest line is the last row. */
export function firstShown(state: State, lines: LogLines): LogTop | null {
  const stream = streamState(state);
  return stream.follow || stream.top === null ? endingAt(state, lines, NEWEST) : stream.top;
}

/** The start of a view whose last row is the last row of the line before `end`. */
export function endingAt(state: State, lines: LogLines, end: LogPosition): LogTop | null {
  const { height } = paneOf(state, 'logs');
  const columns = logColumns(state).text;
  const filter = lineFilter(streamState(state));
  let rows = 0;
  let top: LogTop | null = null;
  for (const entry of lines.backward(streamServers(state), end)) {
    if (!filter.passes(entry)) continue;
    rows += rowCount(state, entry, columns);
    top = { time: entry.time, arrival: entry.arrival, skip: Math.max(0, rows - height) };
    if (rows >= height) break;
  }
  return top;
}

/** The line `count` shown lines after (negative: before) the one at `position`; the last there is where there are fewer. */
export function lineAway(state: State, lines: LogLines, position: LogPosition, count: number): LogEntry | null {
  const filter = lineFilter(streamState(state));
  const servers = streamServers(state);
  const entries = count < 0 ? lines.backward(servers, position) : lines.forward(servers, after(position));
  let left = Math.abs(count);
  let found: LogEntry | null = null;
  for (const entry of entries) {
    if (!filter.passes(entry)) continue;
    found = entry;
    left -= 1;
    if (left <= 0) break;
  }
  return found;
}

/** The line the cursor is on: while following, the newest shown. */
export function currentLine(state: State, lines: LogLines): LogEntry | null {
  const { follow, cursor } = streamState(state);
  if (follow || cursor === null) return lineAway(state, lines, NEWEST, -1);
  for (const entry of lines.forward(streamServers(state), cursor)) return entry;
  return lineAway(state, lines, NEWEST, -1);
}

/** Every line that passes the filter, oldest first. */
export function* shownLines(state: State, lines: LogLines): Generator<LogEntry> {
  const filter = lineFilter(streamState(state));
  for (const entry of lines.forward(streamServers(state), OLDEST)) if (filter.passes(entry)) yield entry;
}
