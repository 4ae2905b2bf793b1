import { countdown } from '../cockpit/text/duration.ts';
import type { Glyphs } from '../cockpit/theme/glyphs.ts';
import type { Role } from '../cockpit/theme/role.ts';
import { type Problem, problemSentence } from '../registry/problem.ts';
import type { UnitState, UnitView } from '../supervisor/api.ts';
import { oneLine } from './safe-text.ts';

const STATE_ROLE: Readonly<Record<UnitState, Role>> = {
  stopped: 'muted',
  asleep: 'asleep',
  waiting: 'busy',
  installing: 'busy',
  starting: 'busy',
  ready: 'ok',
  degraded: 'warn',
  stopping: 'busy',
  backoff: 'warn',
  crashed: 'error',
  blocked: 'error',
  'needs-auth': 'warn',
  unconfigured: 'warn',
  foreign: 'muted',
};

export function stateRole(state: UnitState): Role {
  return STATE_ROLE[state];
}

/** Good enough for `mcp NAME status` to exit 0. */
export function isWell(state: UnitState): boolean {
  return state === 'ready' || state === 'asleep';
}

/** `◉ ready`, `↻ backoff 3/10 8s`: glyph and word, and while it waits for the next try which one and when. */
export function stateText({ state, retry }: Pick<UnitView, 'state' | 'retry'>, glyphs: Glyphs, now: number): string {
  const next = retry === null ? '' : ` ${retry.attempt}/${retry.max} ${countdown(retry.nextAt, now)}`;
  return `${glyphs.state[state]} ${state}${next}`;
}

/** A problem on one line that is safe to print. */
export function problemLine(problem: Problem): string {
  return oneLine(problemSentence(problem));
}
