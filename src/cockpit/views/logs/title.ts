import type { LogLines } from '../../logs/log-lines.ts';
import type { State } from '../../state.ts';
import { type Line, span } from '../../text/line.ts';
import { plural } from '../../text/quantity.ts';
import type { DrawContext } from '../../view.ts';
import { lineFilter } from './line-filter.ts';
import { ALL_STREAM, MARKED_STREAM } from './state.ts';
import { streamKey, streamServers, streamState } from './stream.ts';
import { shownLines } from './window.ts';

function subject(state: State): string {
  const key = streamKey(state);
  if (key === null) return '';
  if (key === ALL_STREAM) return `all ${plural(state.units.length, 'server')}`;
  return key === MARKED_STREAM ? `${state.servers.marked.size} marked` : key;
}

interface Count {
  readonly of: string;
  readonly count: number;
}
const counted = new WeakMap<LogLines, Count>();

/** How many lines match; counted again only when lines came or the question changed. */
function matchCount(state: State, lines: LogLines): number {
  const { search, level, onlyMatches } = streamState(state);
  const of = JSON.stringify([state.logs.version, streamServers(state), search, level, onlyMatches]);
  const known = counted.get(lines);
  if (known?.of === of) return known.count;
  const filter = lineFilter(streamState(state));
  let count = 0;
  for (const entry of shownLines(state, lines)) if (filter.matches(entry)) count += 1;
  counted.set(lines, { of, count });
  return count;
}

function searchPart(state: State, lines: LogLines): Line {
  const { search, onlyMatches } = streamState(state);
  if (search === '') return [];
  const count = matchCount(state, lines);
  const matches = count === 1 ? '1 match' : `${count} matches`;
  return [
    span(`${onlyMatches ? 'only ' : ''}/${search}`, 'accent'),
    span(` ${matches}`, count === 0 ? 'warn' : 'text'),
  ];
}

/** Whose log it is; and whether it moves, what is searched and hidden, what is new. */
export function logsTitle(state: State, { lines }: DrawContext): { readonly left: Line; readonly right: Line } {
  const stream = streamState(state);
  const { wrap } = state.logs;
  const name = subject(state);
  const parts: Line[] = [
    stream.freshErrors > 0 ? [span(plural(stream.freshErrors, 'new error'), 'error')] : [],
    searchPart(state, lines),
    stream.level === null
      ? []
      : [span(stream.level === 'error' ? 'errors only' : `${stream.level} and above`, 'accent')],
    wrap ? [span('wrap')] : stream.left > 0 ? [span(`column ${stream.left + 1}`)] : [],
    stream.follow
      ? [span('FOLLOW', 'ok')]
      : [span('PAUSED', 'warn'), span(stream.fresh > 0 ? ` +${stream.fresh} new` : '', 'warn')],
  ];
  const shown = name === '' ? [] : parts.filter((part) => part.length > 0);
  return {
    left: name === '' ? [] : [span(name, 'strong')],
    right: shown.flatMap((part, index) => (index === 0 ? part : [span('  '), ...part])),
  };
}
