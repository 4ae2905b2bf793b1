import type { Role } from '../theme/role.ts';
import { sliceColumns } from './sgr.ts';
import { pad, truncateEnd } from './truncate.ts';
import { textWidth } from './width.ts';

/** A stretch of text with one meaning; what that looks like is the theme's business. */
export interface Span {
  readonly text: string;
  readonly role?: Role;
  /** The text carries colours of its own (a server's log line): they are passed on, or removed where there is no colour. */
  readonly coloured?: true;
}

/** One row of the screen. */
export type Line = readonly Span[];

export const span = (text: string, role?: Role): Span => (role === undefined ? { text } : { text, role });

export const BLANK: Line = [];

/** The text without its meaning: what is copied, and what tests read. */
export function plain(line: Line): string {
  return line.map(({ text }) => text).join('');
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** Exactly `columns` wide: cut with `mark`, or filled with spaces. Not for spans that carry their own colours. */
export function fit(line: Line, columns: number, mark: string): Line {
  const width = lineWidth(line);
  if (width <= columns) return width === columns ? line : [...line, span(' '.repeat(columns - width))];
  const fitted: Span[] = [];
  let left = columns;
  for (const part of line) {
    const partWidth = textWidth(part.text);
    const isLast = part === line.at(-1);
    if (partWidth < left || (partWidth === left && isLast)) {
      fitted.push(part);
      left -= partWidth;
      continue;
    }
    fitted.push({ ...part, text: pad(truncateEnd(`${part.text} `, left, mark), left, 'left') });
    break;
  }
  return fitted;
}

/** `left` and `right` at the two ends of a row; where both do not fit, `right` goes first. */
export function justify(left: Line, right: Line, columns: number, mark: string): Line {
  const room = columns - lineWidth(left) - lineWidth(right);
  return room < 1 ? fit(left, columns, mark) : [...left, span(' '.repeat(room)), ...right];
}

/** Columns `from` to `to` (exclusive) of a row; spans with their own colours keep them. */
export function sliceLine(line: Line, from: number, to: number): Line {
  const sliced: Span[] = [];
  let column = 0;
  for (const part of line) {
    const width = textWidth(part.text);
    if (column < to && column + width > from) {
      const text = sliceColumns(part.text, Math.max(0, from - column), Math.min(width, to - column));
      sliced.push({ ...part, text });
    }
    column += width;
  }
  return sliced;
}
