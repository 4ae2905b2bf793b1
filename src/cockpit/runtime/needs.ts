import { SLOW_MS } from '../frame/notice.ts';
import type { State } from '../state.ts';
import { streamServers, streamState } from '../views/logs/stream.ts';
import { describedServer, isSortDue, SORT_REST_MS } from '../views/servers/reduce.ts';
import { unitOf } from '../views/servers/select.ts';
import { isCountingDown } from '../views/servers/unit-state.ts';
import { entryOf, openRequest } from '../views/traffic/select.ts';
import type { Poll } from './polling.ts';

/** What a view asks the supervisor for while it is on screen. */
export type Question = 'traffic' | 'tools' | 'clients';

/** What the state wants kept open outside, and when it wants to be woken. */
export interface Needs {
  /** Servers whose log is on screen, and whether it is paused there. */
  readonly logs: readonly string[];
  readonly paused: boolean;
  /** The server to describe; asked again whenever `stamp` changes. */
  readonly describe: { readonly name: string; readonly stamp: string } | null;
  /** What is asked again and again, while a view shows it. */
  readonly polls: readonly Poll<Question>[];
  /** The request to read in full; asked again whenever `stamp` changes. */
  readonly request: { readonly seq: number; readonly stamp: string } | null;
  /** When something on the screen changes by itself; null: never, and no clock runs. Milliseconds since the epoch. */
  readonly wakeAt: number | null;
}

const MINUTE = 60_000;

export function needs(state: State): Needs {
  return {
    logs: streamServers(state),
    paused: !streamState(state).follow,
    describe: describe(state),
    polls: polls(state),
    request: request(state),
    wakeAt: wakeAt(state),
  };
}

function describe(state: State): Needs['describe'] {
  const name = state.link.status === 'live' ? describedServer(state) : null;
  if (name === null) return null;
  const unit = unitOf(state, name);
  return { name, stamp: unit === undefined ? '' : [unit.state, unit.stateSince, unit.pid, unit.toolCount].join(' ') };
}

/** Milliseconds between two questions. Lists of tools change seldom, and when they do a unit usually says so. */
const EVERY: Readonly<Record<Question, number>> = { traffic: 250, tools: 10_000, clients: 2_000 };

/** Only what is on screen is asked for: a view that nobody looks at costs nothing. */
function polls(state: State): Needs['polls'] {
  const { focus, link, supervisor, units, tools } = state;
  if (link.status !== 'live' || (focus !== 'traffic' && focus !== 'tools' && focus !== 'clients')) return [];
  const of = String(supervisor?.startedAt);
  const lists = focus === 'tools' ? units.map((unit) => [unit.name, unit.state, unit.toolCount].join(' ')) : [];
  const stamp = [of, focus === 'tools' ? tools.version : '', ...lists].join(',');
  return [{ name: focus, everyMs: EVERY[focus], stamp }];
}

function request(state: State): Needs['request'] {
  const seq = state.link.status === 'live' ? openRequest(state) : null;
  if (seq === null) return null;
  return { seq, stamp: `${state.supervisor?.startedAt} ${entryOf(state, seq)?.outcome}` };
}

function nextSecond(deadline: number, now: number): number | null {
  const left = deadline - now;
  return left <= 0 ? null : now + (left % 1000 || 1000);
}

function wakeAt(state: State): number | null {
  const { now, units, toasts, work } = state;
  const times: (number | null)[] = [
    ...toasts.map(({ until }) => until),
    ...work.map(({ startedAt }) => (now - startedAt < SLOW_MS ? startedAt + SLOW_MS : null)),
    ...units.filter(isCountingDown).map((unit) => nextSecond(unit.retry?.nextAt ?? unit.killAt ?? 0, now)),
    // Uptimes all move on the full minute, together.
    units.some(({ startedAt }) => startedAt !== null) ? (Math.floor(now / MINUTE) + 1) * MINUTE : null,
    isSortDue(state) ? state.lastKeyAt + SORT_REST_MS : null,
  ];
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? null : Math.min(...known);
}
