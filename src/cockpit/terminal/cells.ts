import { plainParts } from '../text/plain.ts';
import { restyle, type Style } from './style.ts';

/** One row of a terminal, cell by cell; what is behind the last one is blank. */
export interface Cells {
  readonly characters: readonly string[];
  readonly styles: readonly Style[];
}

/** Unchanged cells between two changed ones that are cheaper written again than jumped over. */
const WORTH_A_JUMP = 6;

/** What a row holds after `text` was written from column `from` on and the rest erased; null for text that is not plain. */
export function overwrite(row: Cells, from: number, text: string): Cells | null {
  const parts = plainParts(text);
  if (parts === null) return null;
  const characters = row.characters.slice(0, from);
  const styles = row.styles.slice(0, from);
  while (characters.length < from) {
    characters.push(' ');
    styles.push('');
  }
  let style: Style | null = '';
  for (const part of parts) {
    if (part.length > 1) style = restyle(style, part.slice(2, -1));
    else {
      characters.push(part);
      styles.push(style);
    }
    if (style === null) return null;
  }
  return { characters, styles };
}

/** What makes a terminal's row `before` look like `after`, from any column and in the default look, which it also leaves. */
export function difference(before: Cells, after: Cells): string {
  const width = Math.max(before.characters.length, after.characters.length);
  const end = blankFrom(after);
  let written = '';
  let column = -1;
  let style: Style = '';
  const paint = (at: number): void => {
    const next = after.styles[at] ?? '';
    if (next !== style) written += next === '' ? '\u001B[m' : `\u001B[${style === '' ? '' : '0;'}${next}m`;
    style = next;
    written += after.characters[at] ?? ' ';
    column = at + 1;
  };
  for (let at = 0; at < Math.min(width, end); at += 1) {
    if (isSame(before, after, at)) continue;
    if (column === -1 || at - column > WORTH_A_JUMP) written += `\u001B[${at + 1}G`;
    else while (column < at) paint(column);
    paint(at);
  }
  if (style !== '') written += '\u001B[m';
  return blankFrom(before) > end ? `${written}${column === end ? '' : `\u001B[${end + 1}G`}\u001B[K` : written;
}

function isSame(a: Cells, b: Cells, at: number): boolean {
  return (a.characters[at] ?? ' ') === (b.characters[at] ?? ' ') && (a.styles[at] ?? '') === (b.styles[at] ?? '');
}

function blankFrom({ characters, styles }: Cells): number {
  let end = characters.length;
  while (end > 0 && characters[end - 1] === ' ' && styles[end - 1] === '') end -= 1;
  return end;
}
