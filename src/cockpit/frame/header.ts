import { problemSentence } from '../../registry/problem.ts';
import type { UnitState } from '../../supervisor/api.ts';
import { modeOf, type State } from '../state.ts';
import { homely } from '../text/homely.ts';
import { fit, justify, type Line, lineWidth, span } from '../text/line.ts';
import { oneLine } from '../text/one-line.ts';
import { count, plural } from '../text/quantity.ts';
import { truncateMiddle } from '../text/truncate.ts';
import { textWidth } from '../text/width.ts';
import type { Glyphs } from '../theme/glyphs.ts';
import type { Role } from '../theme/role.ts';
import { STATE_LOOKS } from '../views/servers/unit-state.ts';
import { layout } from './layout.ts';

/** What is well first, then what needs somebody most. */
function stateOrder(a: UnitState, b: UnitState): number {
  if (a === 'ready' || b === 'ready') return a === 'ready' ? -1 : 1;
  return STATE_LOOKS[a].urgency - STATE_LOOKS[b].urgency;
}

interface Group {
  readonly name: string;
  readonly role: Role;
  readonly states: readonly UnitState[];
}

/** What many states come to where there is no room for each. */
const GROUPS: readonly Group[] = [
  { name: 'ready', role: 'ok', states: ['ready'] },
  {
    name: 'in trouble',
    role: 'error',
    states: ['crashed', 'blocked', 'backoff', 'degraded', 'needs-auth', 'unconfigured'],
  },
  { name: 'on the way', role: 'busy', states: ['waiting', 'installing', 'starting', 'stopping'] },
  { name: 'asleep', role: 'asleep', states: ['asleep'] },
  { name: 'down', role: 'text', states: ['stopped', 'foreign'] },
];

const joined = (counts: readonly (readonly [number, string, Role])[]): Line =>
  counts.flatMap(([count, word, role]) => [span('  '), span(`${count} ${word}`, role)]);

/** The servers counted by state; by group where that takes more than `columns`; at the least how many are ready. */
function counts({ units, link }: State, columns: number): Line {
  if (units.length === 0) return link.status === 'connecting' ? [span('  connecting', 'busy')] : [span('  no servers')];
  const by = new Map<UnitState, number>();
  for (const { state } of units) by.set(state, (by.get(state) ?? 0) + 1);
  const states = [...by].sort(([a], [b]) => stateOrder(a, b));
  const single = joined(states.map(([state, count]) => [count, state, STATE_LOOKS[state].role]));
  if (lineWidth(single) <= columns) return single;
  const groups = GROUPS.map(({ name, role, states: members }): readonly [number, string, Role] => {
    return [members.reduce((sum, state) => sum + (by.get(state) ?? 0), 0), name, role];
  }).filter(([count]) => count > 0);
  return joined(lineWidth(joined(groups)) <= columns ? groups : groups.slice(0, 2));
}

const LEAST_PATH = 12;

/** Where the hub listens and what passes through it, from long to short. */
function hubWords({ hub }: State): readonly Line[] {
  if (hub === null) return [];
  const port = hub.url === null ? null : URL.parse(hub.url)?.port;
  const where: Line = port == null ? [span('  hub closed', 'warn')] : [span('  hub ', 'label'), span(`:${port}`)];
  const clients = span(`  ${plural(hub.clients, 'client')}`);
  return [[...where, clients, span(`  ${count(hub.callsLastHour)} calls/h`)], [...where, clients], where];
}

/** Counts and mode flags always; then the hub, the registry's path and the supervisor's pid, as there is room. */
export function header(state: State, { cut }: Glyphs): Line {
  const { setup, supervisor, size } = state;
  const isInProcess = modeOf(state) === 'in-process';
  const flags = [setup.readOnly ? 'read-only' : null, isInProcess ? 'in-process' : null].filter(
    (flag) => flag !== null,
  );
  const name = span(size.columns >= 70 ? ' MCP Cockpit' : ' MCP', 'title');
  const marks: Line = flags.flatMap((flag) => [span('  '), span(flag, 'accent')]);
  // A blank at the end, and one between the two sides.
  const taken = lineWidth([name, ...marks]) + 2;
  const status = counts(state, size.columns - taken - (size.columns >= 70 ? LEAST_PATH + 2 : 0));
  const path = homely(state.registry?.path ?? setup.registryPath, setup.home);
  const process: Line =
    supervisor === null || isInProcess ? [] : [span('  supervisor ', 'label'), span(String(supervisor.pid))];
  const room = size.columns - taken - lineWidth(status);
  const shownHub = hubWords(state).find((line) => lineWidth(line) <= room - LEAST_PATH - 2) ?? [];
  const left = room - lineWidth(shownHub);
  const shownProcess = left - lineWidth(process) >= textWidth(path) + 2 ? process : [];
  const pathRoom = left - lineWidth(shownProcess) - 2;
  const where: Line = pathRoom >= LEAST_PATH ? [span('  '), span(truncateMiddle(path, pathRoom, cut))] : [];
  return justify([name, ...status, ...marks], [...shownHub, ...shownProcess, ...where, span(' ')], size.columns, cut);
}

function lostWords(reason: string, attempt: number, wasThere: boolean): string {
  if (!wasThere) return `no supervisor can be reached (${reason}): trying again, try ${attempt}`;
  return `supervisor gone (${reason}): reconnecting, try ${attempt}; servers keep running`;
}

/** What is wrong with the whole: one row each, the last one naming how many more there are. */
export function banners(state: State, glyphs: Glyphs): readonly Line[] {
  const { link, registry, size } = state;
  const lost = link.status === 'lost' ? lostWords(link.reason, link.attempt, state.supervisor !== null) : null;
  const [broken, ...others] = registry?.problems ?? [];
  const more = others.length === 0 ? '' : `  +${others.length} more, e opens the registry`;
  const rows = [
    ...(lost === null ? [] : [lost]),
    ...state.banners.map(problemSentence),
    ...(state.hub?.problems ?? []).map(problemSentence),
    ...(broken === undefined ? [] : [problemSentence(broken) + more]),
  ];
  return rows
    .slice(0, layout(state).banners)
    .map((text) => fit([span(` ${oneLine(text, glyphs)}`, 'bannerError')], size.columns, glyphs.cut))
    .map((line) => line.map((part) => ({ ...part, role: 'bannerError' as const })));
}
