import type { Line, Span } from '../text/line.ts';
import { hasColour, RESET } from '../text/sgr.ts';
import type { Theme } from './theme.ts';

const ANY_SGR = /\u001B\[[\d;:]*m/g;

function paintSpan({ text, role, coloured }: Span, { palette, colours }: Theme): string {
  if (text === '') return '';
  const own = coloured === true && hasColour(text);
  const shown = own && !colours ? text.replaceAll(ANY_SGR, '') : text;
  const code = role === undefined ? '' : palette[role];
  return code === '' ? shown : `\u001B[${code}m${shown}${RESET}`;
}

/** A row as the terminal gets it: one string, so that Ink has one node per row to lay out, measure and compare. */
export function paint(line: Line, theme: Theme): string {
  return line.map((part) => paintSpan(part, theme)).join('');
}
