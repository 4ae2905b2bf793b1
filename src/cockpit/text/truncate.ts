import { graphemes, textWidth } from './width.ts';

/** The longest head of `text` that fits `columns`. */
function takeColumns(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let taken = '';
  let used = 0;
  for (const cluster of graphemes(text)) {
    used += textWidth(cluster);
    if (used > columns) break;
    taken += cluster;
  }
  return taken;
}

function takeLastColumns(text: string, columns: number): string {
  let taken = '';
  let used = 0;
  for (const cluster of graphemes(text).reverse()) {
    used += textWidth(cluster);
    if (used > columns) break;
    taken = cluster + taken;
  }
  return taken;
}

/** Cuts the end, marking the cut; `mark` must be one column wide. */
export function truncateEnd(text: string, columns: number, mark: string): string {
  if (textWidth(text) <= columns) return text;
  return columns < 1 ? '' : takeColumns(text, columns - 1) + mark;
}

/** Cuts the middle, so that the tail that tells similar names and paths apart stays. */
export function truncateMiddle(text: string, columns: number, mark: string): string {
  if (textWidth(text) <= columns) return text;
  if (columns < 1) return '';
  const tail = Math.floor((columns - 1) / 2);
  return takeColumns(text, columns - 1 - tail) + mark + takeLastColumns(text, tail);
}

/** Fills `text` with spaces to exactly `columns`; longer text is left as it is. */
export function pad(text: string, columns: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return align === 'left' ? text + space : space + text;
}
