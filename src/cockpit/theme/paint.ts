import type { Line, Span } from '../text/line.ts';
import { RESET } from '../text/sgr.ts';
import type { Theme } from './theme.ts';

const ANY_SGR = /\u001B\[[\d;:]*m/g;

/** What must never reach the terminal from a name, a cause or a log line: anything that moves the cursor or changes a mode. */
const CONTROL = /\u001B(?!\[[\d;:]*m)|[\u0000-\u001A\u001C-\u001F\u007F-\u009F]/g;
const ANY_CONTROL = /[\u0000-\u001F\u007F-\u009F]/;

function clean(text: string, keepsColours: boolean): string {
  if (!ANY_CONTROL.test(text)) return text;
  const safe = text.replaceAll(CONTROL, '');
  return keepsColours ? safe : safe.replaceAll(ANY_SGR, '');
}

function paintSpan({ text, role, coloured }: Span, { palette, colours }: Theme): string {
  if (text === '') return '';
  const shown = clean(text, coloured === true && colours);
  const code = role === undefined ? '' : palette[role];
  return code === '' ? shown : `\u001B[${code}m${shown}${RESET}`;
}

/** A row as the terminal gets it: one string, so that Ink has one node per row to lay out, measure and compare. */
export function paint(line: Line, theme: Theme): string {
  return line.map((part) => paintSpan(part, theme)).join('');
}
