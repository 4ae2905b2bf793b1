import type { Action } from '../../action.ts';
import type { World } from '../../binding.ts';
import { paneOf } from '../../frame/layout.ts';
import type { LogLines } from '../../logs/log-lines.ts';
import { NEWEST, OLDEST } from '../../logs/log-lines.ts';
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
  if (motion === 'first') return placeCursor(state, lines, lineAway(state, lines, OLDEST, 1)?.arrival ?? here.arrival);
  const page = Math.max(1, paneOf(state, 'logs').height - 1);
  const steps = { up: -1, down: 1, 'page-up': -page, 'page-down': page, 'half-up': -page / 2, 'half-down': page / 2 };
  const count = Math.trunc(steps[motion]) || Math.sign(steps[motion]);
  if (count > 0 && streamState(state).follow) return [];
  return placeCursor(state, lines, lineAway(state, lines, here.arrival, count)?.arrival ?? here.arrival);
}

/** Pauses with the cursor on a line, the view moved no further than that line needs to be seen. */
export function placeCursor(state: State, lines: LogLines, arrival: number): readonly Action[] {
  const top = firstShown(state, lines);
  const shown = logRows(state, lines);
  const change = (start: StreamState['top']): readonly Action[] => [
    { type: 'logs-stream-changed', change: { follow: false, cursor: arrival, top: start } },
  ];
  if (top === null || arrival <= top.arrival) return change({ arrival, skip: 0 });
  return change((shown.at(-1)?.entry.arrival ?? NEWEST) < arrival ? endingAt(state, lines, arrival) : top);
}

/** To the next (1) or previous (-1) line that matches the search, round the end where there is none. */
export function moveToMatch(state: State, { lines }: World, direction: 1 | -1): readonly Action[] {
  const stream = streamState(state);
  const filter = lineFilter(stream);
  const servers = streamServers(state);
  const here = currentLine(state, lines)?.arrival ?? OLDEST;
  const passes = direction === 1 ? lines.forward(servers, here + 1) : lines.backward(servers, here);
  const around = direction === 1 ? lines.forward(servers, OLDEST) : lines.backward(servers, NEWEST);
  for (const entries of [passes, around]) {
    for (const entry of entries) {
      if (filter.passes(entry) && filter.matches(entry)) return placeCursor(state, lines, entry.arrival);
    }
  }
  return [];
}
