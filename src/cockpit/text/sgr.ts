import { isPlain } from './plain.ts';
import { graphemes, textWidth } from './width.ts';

const SGR = /\u001B\[([\d;:]*)m/g;
const ESCAPE = '\u001B';
export const RESET = '\u001B[0m';

/** Whether there is any colour to keep: the fast paths below are for lines that have none. */
export function hasColour(text: string): boolean {
  return text.includes(ESCAPE);
}

interface Piece {
  readonly kind: 'code' | 'text';
  readonly value: string;
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(SGR)) {
    if (match.index > from) found.push({ kind: 'text', value: text.slice(from, match.index) });
    // The empty reset of many programs is not a reset to every parser: write it out.
    found.push({ kind: 'code', value: match[1] === '' ? RESET : match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push({ kind: 'text', value: text.slice(from) });
  return found;
}

/**
 * Columns `from` (inclusive) to `to` (exclusive) of a text that may carry colours, with the colours that are on at `from` and a
 * reset at the end. A wide character cut in half becomes a space, so that the width is what was asked for.
 */
export function sliceColumns(text: string, from: number, to: number): string {
  if (isPlain(text)) return text.slice(from, to);
  let column = 0;
  let codes = '';
  let taken = '';
  let coloured = false;
  for (const piece of pieces(text)) {
    if (column >= to) break;
    if (piece.kind === 'code') {
      codes += piece.value;
      coloured = true;
      continue;
    }
    for (const cluster of graphemes(piece.value)) {
      const start = column;
      column += textWidth(cluster);
      if (column <= from || start >= to) continue;
      taken += codes;
      codes = '';
      taken += start < from || column > to ? ' '.repeat(Math.min(column, to) - Math.max(start, from)) : cluster;
    }
  }
  return coloured && taken !== '' ? taken + RESET : taken;
}

/** The rows a text takes when it is broken hard at `columns`; always at least one. */
export function wrapColumns(text: string, columns: number): string[] {
  const width = hasColour(text) ? textWidth(text.replaceAll(SGR, '')) : textWidth(text);
  if (width <= columns || columns < 1) return [text];
  const rows: string[] = [];
  for (let from = 0; from < width; from += columns) rows.push(sliceColumns(text, from, from + columns));
  return rows;
}
