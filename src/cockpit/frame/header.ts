import { problemSentence } from '../../registry/problem.ts';
import type { UnitState } from '../../supervisor/api.ts';
import type { State } from '../state.ts';
import { fit, type Line, lineWidth, span } from '../text/line.ts';
import { truncateMiddle } from '../text/truncate.ts';
import type { Glyphs } from '../theme/glyphs.ts';
import { STATE_LOOKS } from '../views/servers/unit-state.ts';
import { layout } from './layout.ts';

/** What is well first, then what needs somebody most. */
function stateOrder(a: UnitState, b: UnitState): number {
  if (a === 'ready' || b === 'ready') return a === 'ready' ? -1 : 1;
  return STATE_LOOKS[a].urgency - STATE_LOOKS[b].urgency;
}

function counts(state: State): readonly Line[] {
  const by = new Map<UnitState, number>();
  for (const { state: unitState } of state.units) by.set(unitState, (by.get(unitState) ?? 0) + 1);
  return [...by]
    .sort(([a], [b]) => stateOrder(a, b))
    .map(([unitState, count]) => [span(`${count} ${unitState}`, STATE_LOOKS[unitState].role)]);
}

/** `~/…` for what is in the user's home. */
export function homely(path: string, home: string): string {
  return home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

const LEAST_PATH = 12;

/** Counts always; then mode flags, the registry's path, the supervisor, as there is room. */
export function header(state: State, { cut }: Glyphs): Line {
  const { setup, supervisor, size } = state;
  const flags = [setup.readOnly ? 'read-only' : null, setup.mode === 'in-process' ? 'in-process' : null].filter(
    (flag) => flag !== null,
  );
  const shownCounts = counts(state).flatMap((count) => [span('  '), ...count]);
  const status =
    state.units.length === 0 && state.link.status === 'connecting' ? [span('  connecting', 'busy')] : shownCounts;
  const name: Line =
    size.columns >= 70 ? [span(' MCP Cockpit', 'title'), ...status] : [span(' MCP', 'title'), ...status];
  const marks: Line = flags.flatMap((flag) => [span('  '), span(flag, 'accent')]);
  const path = homely(state.registry?.path ?? setup.registryPath, setup.home);
  const process: Line =
    supervisor === null || setup.mode === 'in-process'
      ? []
      : [span('  supervisor ', 'muted'), span(String(supervisor.pid))];
  const room = size.columns - lineWidth(name) - lineWidth(marks) - 1;
  const withProcess = room - lineWidth(process) >= path.length + 2 ? process : [];
  const pathRoom = room - lineWidth(withProcess) - 2;
  const where: Line = pathRoom >= LEAST_PATH ? [span('  '), span(truncateMiddle(path, pathRoom, cut))] : [];
  const right: Line = [...marks, ...withProcess, ...where, span(' ')];
  const space = size.columns - lineWidth(name) - lineWidth(right);
  return space < 0 ? fit([...name, ...marks], size.columns, cut) : [...name, span(' '.repeat(space)), ...right];
}

/** What is wrong with the whole: one row each, the last one naming how many more there are. */
export function banners(state: State, glyphs: Glyphs): readonly Line[] {
  const { link, registry, size } = state;
  const lost =
    link.status === 'lost'
      ? `supervisor gone (${link.reason}): reconnecting, try ${link.attempt}; servers keep running`
      : null;
  const [broken, ...others] = registry?.problems ?? [];
  const more = others.length === 0 ? '' : `  +${others.length} more, e opens the registry`;
  const rows = [
    ...(lost === null ? [] : [lost]),
    ...state.banners.map(problemSentence),
    ...(broken === undefined ? [] : [problemSentence(broken) + more]),
  ];
  return rows
    .slice(0, layout(state).banners)
    .map((text) => fit([span(` ${text.replaceAll('→', glyphs.next)}`, 'bannerError')], size.columns, glyphs.cut))
    .map((line) => line.map((part) => ({ ...part, role: 'bannerError' as const })));
}
