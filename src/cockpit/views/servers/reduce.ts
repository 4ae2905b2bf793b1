import type { UnitView } from '../../../supervisor/api.ts';
import { paneOf } from '../../frame/layout.ts';
import type { State } from '../../state.ts';
import { type Handlers, step } from '../../step.ts';
import { tableRows } from './rows.ts';
import { shownServers, sortedNames, unitsByName } from './select.ts';
import type { ServersActions, ServersState } from './state.ts';

/** No re-sort within this time of a key press: the row under a finger stays where it is. */
export const SORT_REST_MS = 1_000;

const change = (state: State, servers: Partial<ServersState>): State => ({
  ...state,
  servers: { ...state.servers, ...servers },
});

export const serversHandlers: Handlers<keyof ServersActions> = {
  'servers-selected': (state, { name }) => step(change(state, { selected: name })),
  'servers-marked': (state, { names, marked }) => {
    const set = new Set(state.servers.marked);
    for (const name of names) {
      if (marked) set.add(name);
      else set.delete(name);
    }
    return step(change(state, { marked: set }));
  },
  'servers-sorted': (state, { sort }) => step(change(state, { sort, order: sortedNames(state.units, sort) })),
  'servers-filtered': (state, { text }) => step(change(state, { filter: text })),
  'server-described': (state, { name, detail }) =>
    step(isShown(state, name) ? change(state, { detail, detailProblem: null }) : state),
  'server-not-described': (state, { name, problem }) =>
    step(isShown(state, name) ? change(state, { detailProblem: problem }) : state),
};

/** The server whose page is open, if one is. */
export function describedServer(state: State): string | null {
  const overlay = state.overlays.findLast(({ kind }) => kind === 'page');
  return overlay?.kind === 'page' && overlay.topic.type === 'server' ? overlay.topic.name : null;
}

const isShown = (state: State, name: string): boolean => describedServer(state) === name;

/**
 * After every action: order, marks, selection and scroll position follow what is there now. The selection follows the server, not
 * the row; when its server is gone, or filtered out, it goes to the row in its place.
 */
export function settleServers(state: State): State {
  const ordered = withOrder(state);
  const marked = keepMarks(ordered.servers.marked, ordered.units);
  const shown = shownServers(ordered);
  const selected = keepSelection(state.servers, shown);
  const top = keepInSight(ordered, selected);
  const detail = describedServer(ordered) === ordered.servers.detail?.unit.name ? ordered.servers.detail : null;
  const now = ordered.servers;
  if (marked === now.marked && selected === now.selected && top === now.top && detail === now.detail) return ordered;
  return change(ordered, { marked, selected, top, detail });
}

/** Whether rows stand out of order because a key was pressed just now. */
export function isSortDue(state: State): boolean {
  const { order, sort } = state.servers;
  const wanted = sortedNames(state.units, sort);
  return wanted.length !== order.length || wanted.some((name, index) => name !== order[index]);
}

function withOrder(state: State): State {
  if (!isSortDue(state)) return state;
  const { order, sort } = state.servers;
  const wanted = sortedNames(state.units, sort);
  const isResting = state.now - state.lastKeyAt < SORT_REST_MS;
  if (!isResting || order.length === 0) return change(state, { order: wanted });
  // Resting: rows keep their places; who is gone leaves, who is new comes last.
  const names = new Set(wanted);
  const known = new Set(order);
  const kept = [...order.filter((name) => names.has(name)), ...wanted.filter((name) => !known.has(name))];
  return kept.length === order.length && kept.every((name, index) => name === order[index])
    ? state
    : change(state, { order: kept });
}

function keepMarks(marked: ReadonlySet<string>, units: readonly UnitView[]): ReadonlySet<string> {
  const names = unitsByName(units);
  return [...marked].every((name) => names.has(name)) ? marked : new Set([...marked].filter((name) => names.has(name)));
}

function keepSelection({ selected, order }: ServersState, shown: readonly UnitView[]): string | null {
  if (shown.some(({ name }) => name === selected)) return selected;
  const place = selected === null ? 0 : Math.max(0, order.indexOf(selected));
  return shown[Math.min(place, shown.length - 1)]?.name ?? null;
}

function keepInSight(state: State, selected: string | null): number {
  const rows = tableRows(state);
  // One row is the heading.
  const height = Math.max(1, paneOf(state, 'servers').height - 1);
  const most = Math.max(0, rows.length - height);
  const first = rows.findIndex(({ unit }) => unit.name === selected);
  if (first === -1) return Math.min(state.servers.top, most);
  const last = rows[first + 1]?.kind === 'cause' ? first + 1 : first;
  const lowest = Math.max(0, last - height + 1);
  return Math.min(Math.max(state.servers.top, lowest), Math.min(first, Math.max(most, lowest)));
}
