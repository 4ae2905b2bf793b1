import type { Level, State } from '../state.ts';
import { type Line, span } from '../text/line.ts';
import { oneLine } from '../text/one-line.ts';
import type { Glyphs } from '../theme/glyphs.ts';
import type { Role } from '../theme/role.ts';
import { shownToast } from './message.ts';

const LEVEL_ROLES: Readonly<Record<Level, Role>> = { info: 'ok', warn: 'warn', error: 'error' };

/** What takes longer than this is said. */
export const SLOW_MS = 200;

/** The row that reports: the newest message for a while, else what is under way. Empty when there is nothing to report. */
export function notice(state: State, glyphs: Glyphs): Line {
  const toast = shownToast(state);
  if (toast !== null) {
    const { level, text, server } = toast.message;
    const mark = { info: glyphs.tick, warn: '!', error: glyphs.cross }[level];
    const others = state.toasts.length - 1;
    const more = others > 0 ? ` (+${others}, M)` : '';
    const dismiss = level === 'error' ? '  Esc dismisses' : '';
    const whole = oneLine(server === null ? text : `${server}: ${text}`, glyphs);
    return [span(`${mark} ${whole}${more}`, LEVEL_ROLES[level]), span(dismiss)];
  }
  const slow = state.work.findLast(({ startedAt }) => state.now - startedAt >= SLOW_MS);
  if (slow === undefined) return [];
  const more = state.work.length > 1 ? ` (+${state.work.length - 1})` : '';
  return [span(`${slow.label}${glyphs.cut}${more}`, 'busy'), span(slow.cancel === null ? '' : `  ${slow.cancel}`)];
}
