import type { Action } from '../../action.ts';
import type { World } from '../../binding.ts';
import { paneOf } from '../../frame/layout.ts';
import { comparePositions, type LogPosition } from '../../logs/line-ring.ts';
import { after, type LogLines, NEWEST, OLDEST } from '../../logs/log-lines.ts';
import type { State } from '../../state.ts';
import type { Motion } from '../../view.ts';
import { lineFilter } from './line-filter.ts';
import type { StreamState } from './state.ts';
import { streamServers, streamState } from './stream.ts';
import { currentLine, endingAt, firstShown, lineAway, logRows } from './window.ts';

/** Back to the end; a view that could not keep every line reads the end of the file again. */
export function resume(state: State, { lines }: World): readonly Action[] {
  return [{ type: 'logs-resumed', reload: lines.skipped(streamServers(state)) > 0 }];
}

/** Any movement up pauses; only the last line of all, or `f`, follows again. */
export function moveInLog(state: State, world: World, motion: Motion): readonly Action[] {
  const { lines } = world;
  if (motion === 'last') return resume(state, world);
  const here = currentLine(state, lines);
  if (here === null) return [];
  if (motion === 'first') return placeCursor(state, lines, lineAway(state, lines, OLDEST, 1) ?? here);
  const page = Math.max(1, paneOf(state, 'logs').height - 1);
  const steps = { up: -1, down: 1, 'page-up': -page, 'page-down': page, 'half-up': -page / 2, 'half-down': page / 2 };
  const count = Math.trunc(steps[motion]) || Math.sign(steps[motion]);
  if (count > 0 && streamState(state).follow) return [];
  return placeCursor(state, lines, lineAway(state, lines, here, count) ?? here);
}

/** Pauses with the cursor on a line, the view moved no further than that line needs to be seen. */
function placeCursor(state: State, lines: LogLines, to: LogPosition): readonly Action[] {
  const cursor: LogPosition = { time: to.time, arrival: to.arrival };
  const change = (top: StreamState['top']): readonly Action[] => [
    { type: 'logs-stream-changed', change: { follow: false, cursor, top } },
  ];
  const top = firstShown(state, lines);
  if (top === null || comparePositions(cursor, top) <= 0) return change({ ...cursor, skip: 0 });
  const last = logRows(state, lines).at(-1)?.entry ?? NEWEST;
  return change(comparePositions(last, cursor) < 0 ? endingAt(state, lines, after(cursor)) : top);
}

/** To the next (1) or previous (-1) line that matches the search, round the end where there is none. */
export function moveToMatch(state: State, { lines }: World, direction: 1 | -1): readonly Action[] {
  const stream = streamState(state);
  const filter = lineFilter(stream);
  const servers = streamServers(state);
  const here = currentLine(state, lines) ?? OLDEST;
  const passes = direction === 1 ? lines.forward(servers, after(here)) : lines.backward(servers, here);
  const around = direction === 1 ? lines.forward(servers, OLDEST) : lines.backward(servers, NEWEST);
  for (const entries of [passes, around]) {
    for (const entry of entries) {
      if (filter.passes(entry) && filter.matches(entry)) return placeCursor(state, lines, entry);
    }
  }
  return [];
}
