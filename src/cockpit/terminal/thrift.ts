import { type Cells, difference, overwrite } from './cells.ts';

const BEGIN = '\u001B[?2026h';
const END = '\u001B[?2026l';
const NEXT_ROW = '\u001B[E';
const UP = /^\u001B\[(\d+)A/;
const ROW = /^\u001B\[(\d+)G\u001B\[K/;
const ERASE_ALL = /^(?:\u001B\[H|\u001B\[[0-3]?J)+/;
/** Leaves the picture and the cursor as they are: modes other than the alternate screen, titles and clipboards. */
const BESIDES = /^(?:\u001B\[\?(?:25|2004|2026)[hl])+$|^\u001B[\]P]/;
const MOVES_CURSOR = /\u001B(?!\[[\d;]*m)|[\u0000-\u0009\u000B-\u001A\u001C-\u001F]/;

const EMPTY: Cells = { characters: [], styles: [] };

/**
 * Writes less of what Ink writes. Ink writes a changed row from its first changed cell to its end, with every colour change on the
 * way, and something for each row that is not changed; this keeps what is on the screen and lets only cells through that differ. An
 * uptime that moves in each of 20 rows is then 0.4 kB instead of 2.5 kB, and a slow link is what one notices that on.
 *
 * What it does not understand goes through as it is, and the rows concerned are not known from then on: it costs more, it is
 * never wrong. Rows that are not plain text (see `isPlain`) are such rows.
 */
export class Thrift {
  /** What each row of the picture holds; null: not known. */
  #rows: readonly (Cells | null)[] = [];
  /** The begin of a frame of which nothing came yet. */
  #held = '';

  /** What to write instead of `text`; empty when nothing changes on the screen. Each text is what Ink writes at once. */
  pass(text: string): string {
    if (text === '') return '';
    const held = this.#held;
    this.#held = '';
    if (text === BEGIN) {
      this.#held = BEGIN;
      return held;
    }
    if (text === END && held !== '') return '';
    const less = BESIDES.test(text) ? text : this.#picture(text);
    if (less === '') this.#held = held;
    return less === '' ? '' : held + less;
  }

  /** Somebody else may have changed what is on the screen. */
  forget(): void {
    this.#rows = [];
  }

  #picture(text: string): string {
    const up = UP.exec(text);
    const frame = up === null ? null : this.#frame(text.slice(up[0].length), Number(up[1]) + 1);
    if (frame !== null) return frame;
    const whole = text.replace(ERASE_ALL, '');
    this.#rows = MOVES_CURSOR.test(whole) ? [] : whole.split('\n').map((row) => overwrite(EMPTY, 0, row));
    return text;
  }

  /** A frame on top of the one before: for each row a step down, or what it now holds from some column on. */
  #frame(text: string, height: number): string | null {
    const rows: (Cells | null)[] = Array.from({ length: height }, (_, row) =>
      this.#rows.length === height ? (this.#rows[row] ?? null) : null,
    );
    let written = '';
    let cursor = height - 1;
    let row = 0;
    for (let at = 0; at < text.length; row += 1) {
      if (text.startsWith(NEXT_ROW, at)) {
        at += NEXT_ROW.length;
        continue;
      }
      const end = text.indexOf('\n', at);
      const part = text.slice(at, end === -1 ? text.length : end);
      at += part.length + 1;
      const start = ROW.exec(part);
      if (start === null) return null;
      const change = changeRow(rows[row] ?? null, Number(start[1]) - 1, part, part.slice(start[0].length));
      rows[row] = change.row;
      if (change.written === '') continue;
      written += move(cursor, row) + change.written;
      cursor = row;
    }
    if (row !== height && row !== height - 1) return null;
    this.#rows = rows;
    return written === '' ? '' : written + move(cursor, height - 1);
  }
}

function changeRow(
  before: Cells | null,
  from: number,
  part: string,
  text: string,
): { readonly row: Cells | null; readonly written: string } {
  const row = before === null && from > 0 ? null : overwrite(before ?? EMPTY, from, text);
  return { row, written: row === null || before === null ? part : difference(before, row) };
}

function move(from: number, to: number): string {
  return from === to ? '' : `\u001B[${Math.abs(to - from)}${to < from ? 'A' : 'B'}`;
}
