import type { TrafficEntry, TrafficOutcome } from '../../../supervisor/api.ts';
import { paneOf } from '../../frame/layout.ts';
import { inSight } from '../../frame/list.ts';
import { remembered } from '../../remembered.ts';
import type { State } from '../../state.ts';
import { allWords } from '../../text/all-words.ts';
import type { Role } from '../../theme/role.ts';
import { placeOf } from './merge.ts';

export const OUTCOME_LOOKS: Readonly<Record<TrafficOutcome, { readonly word: string; readonly role: Role }>> = {
  pending: { word: 'pending', role: 'busy' },
  ok: { word: 'ok', role: 'ok' },
  'tool-error': { word: 'tool error', role: 'warn' },
  error: { word: 'error', role: 'error' },
  cancelled: { word: 'cancelled', role: 'text' },
  'waiting-for-client': { word: 'asks client', role: 'busy' },
};

const searchable = ({ client, server, method, subject, outcome, error }: TrafficEntry): string =>
  [client.name, server, method, subject, OUTCOME_LOOKS[outcome].word, outcome, error].join(' ');

/** The requests that the filter leaves, oldest first. */
export const shownEntries = remembered(
  ({ traffic }: State) => [traffic.entries, traffic.filter],
  ({ traffic: { entries, filter } }: State): readonly TrafficEntry[] => {
    const matches = allWords(filter);
    return matches === null ? entries : entries.filter((entry) => matches(searchable(entry)));
  },
);

/** Place among those shown of the selected request, or of the one in its place; -1 where none is shown. */
export function selectedIndex(state: State): number {
  const shown = shownEntries(state);
  const { follow, selected } = state.traffic;
  return follow || selected === null ? shown.length - 1 : Math.min(placeOf(shown, selected), shown.length - 1);
}

export const selectedEntry = (state: State): TrafficEntry | null => shownEntries(state)[selectedIndex(state)] ?? null;

/** Place of the first row on screen. */
export function firstIndex(state: State): number {
  const shown = shownEntries(state);
  const { follow, top } = state.traffic;
  const height = listHeight(state);
  const wanted = follow || top === null ? shown.length : placeOf(shown, top);
  return inSight(wanted, selectedIndex(state), height, shown.length);
}

/** Rows for requests: one is the heading. */
export const listHeight = (state: State): number => Math.max(1, paneOf(state, 'traffic').height - 1);

/** Requests that came since the view was paused. */
export function freshCount(state: State): number {
  const { follow, pausedAt } = state.traffic;
  const shown = shownEntries(state);
  return follow ? 0 : shown.length - placeOf(shown, pausedAt + 1);
}

/** The request whose page is open, if one is. */
export function openRequest(state: State): number | null {
  const overlay = state.overlays.findLast(({ kind }) => kind === 'page');
  return overlay?.kind === 'page' && overlay.topic.type === 'request' ? overlay.topic.seq : null;
}

export function entryOf({ traffic: { entries } }: State, seq: number): TrafficEntry | null {
  const entry = entries[placeOf(entries, seq)];
  return entry?.seq === seq ? entry : null;
}

/** What a command is about: the marked requests, else the open or selected one. */
export function targetEntries(state: State): readonly TrafficEntry[] {
  const open = openRequest(state);
  if (open !== null) return [entryOf(state, open)].filter((entry) => entry !== null);
  const marked = [...state.traffic.marked].sort((a, b) => a - b).map((seq) => entryOf(state, seq));
  if (marked.length > 0) return marked.filter((entry) => entry !== null);
  return [selectedEntry(state)].filter((entry) => entry !== null);
}

export const isToolCall = ({ method, direction, server }: TrafficEntry): boolean =>
  method === 'tools/call' && direction === 'to-server' && server !== null;
