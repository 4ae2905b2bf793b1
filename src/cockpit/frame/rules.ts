import { fit, type Line, lineWidth, type Span, span } from '../text/line.ts';
import type { FrameGlyphs, Glyphs } from '../theme/glyphs.ts';
import type { Role } from '../theme/role.ts';

export type RulePlace = 'top' | 'divider' | 'bottom';

/** What a rule carries: a title at its left end, notes at its right end. */
export interface RuleText {
  readonly left: Line;
  readonly right: Line;
}

const padded = (line: Line): Line => (line.length === 0 ? [] : [span(' '), ...line, span(' ')]);

/** A horizontal rule of the frame with texts set into it; the right one goes first where both do not fit. */
export function rule(
  ends: readonly [string, string],
  horizontal: string,
  role: Role,
  text: RuleText,
  width: number,
  cut: string,
): Line {
  const inner = width - 2;
  const left = padded(text.left);
  const right = padded(text.right);
  const room = inner - 1 - lineWidth(left) - (right.length === 0 ? 0 : lineWidth(right) + 1);
  const edge = (glyph: string): Span => span(glyph, role);
  const bar = (count: number): Span => edge(horizontal.repeat(Math.max(0, count)));
  if (room < 1) {
    const shown = lineWidth(left) > inner - 1 ? fit(left, inner - 1, cut) : left;
    return [edge(ends[0] + horizontal), ...shown, bar(inner - 1 - lineWidth(shown)), edge(ends[1])];
  }
  const tail = right.length === 0 ? [] : [...right, edge(horizontal)];
  return [edge(ends[0] + horizontal), ...left, bar(room), ...tail, edge(ends[1])];
}

/** Whether a pane's own part of the frame is drawn heavy: the glyph, not only the colour, says where the keys go. */
export const frameGlyphs = (glyphs: Glyphs, focused: boolean): FrameGlyphs => (focused ? glyphs.heavy : glyphs.light);

export const frameRole = (focused: boolean): Role => (focused ? 'frameFocus' : 'frame');
