import type { Style } from './sgr.ts';

const SPACE = 0x20;
const ZERO_WIDTH_JOINER = 0x200d;
const TAB_WIDTH = 8;
const RESET = '\x1b[0m';
const PICTOGRAPH = /^\p{Extended_Pictographic}/u;

/**
 * One terminal line: a cursor that writes over cells. A cell is one UTF-16 unit, which is near enough to a column for
 * what programs rewrite (progress bars, spinners). Made once and reused: lines come by the ten thousand.
 */
export class LineCells {
  readonly #capacity: number;
  readonly #units: Uint16Array<ArrayBuffer>;
  readonly #bytes: Buffer;
  readonly #styles: Style[];
  #length = 0;
  #column = 0;
  #styled = false;
  #joined = false;
  #overflowed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#units = new Uint16Array(capacity);
    this.#bytes = Buffer.from(this.#units.buffer);
    this.#styles = new Array<Style>(capacity).fill('');
  }

  clear(): void {
    this.#length = 0;
    this.#column = 0;
    this.#styled = false;
    this.#joined = false;
    this.#overflowed = false;
  }

  put(unit: number, style: Style): void {
    if (this.#column >= this.#capacity) {
      this.#overflowed = true;
      return;
    }
    while (this.#length < this.#column) this.#set(this.#length++, SPACE, '');
    this.#set(this.#column++, unit, style);
    if (this.#column > this.#length) this.#length = this.#column;
  }

  putCodePoint(code: number | null, style: Style): void {
    if (code === null) return;
    if (code === ZERO_WIDTH_JOINER) this.#joined = true;
    if (code <= 0xffff) {
      this.put(code, style);
    } else {
      this.put(0xd800 + ((code - 0x10000) >> 10), style);
      this.put(0xdc00 + ((code - 0x10000) & 0x3ff), style);
    }
  }

  tab(style: Style): void {
    const width = TAB_WIDTH - (this.#column % TAB_WIDTH);
    if (this.#column < this.#length) this.moveBy(width);
    else for (let count = 0; count < width; count++) this.put(SPACE, style);
  }

  moveTo(column: number): void {
    this.#column = Math.min(Math.max(0, column), this.#capacity);
  }

  moveBy(columns: number): void {
    this.moveTo(this.#column + columns);
  }

  /** As `CSI K`: 0 from the cursor to the end, 1 up to the cursor, 2 the whole line. */
  erase(mode: number): void {
    if (mode === 1) {
      for (let column = 0; column <= this.#column && column < this.#length; column++) this.#set(column, SPACE, '');
    } else if (mode === 0 || mode === 2) {
      this.#length = mode === 2 ? 0 : Math.min(this.#length, this.#column);
      this.#overflowed = false;
    }
  }

  /** The line with its styles and without; `cutMark` ends it when it did not fit. */
  render(cutMark: string): { readonly text: string; readonly plain: string } {
    if (this.#joined) this.#dropJoiners();
    if (!this.#overflowed) {
      const whole = this.#renderUpTo(this.#capacity);
      if (whole.complete) return whole;
    }
    const { text, plain } = this.#renderUpTo(this.#capacity - cutMark.length);
    return { text: text + cutMark, plain: plain + cutMark };
  }

  #renderUpTo(limit: number): { readonly text: string; readonly plain: string; readonly complete: boolean } {
    if (!this.#styled) {
      const plain = this.#slice(0, Math.min(this.#length, limit));
      return { text: plain, plain, complete: this.#length <= limit };
    }
    let text = '';
    let style: Style = '';
    let column = 0;
    while (column < this.#length) {
      const next = this.#styles[column] ?? '';
      const change = switchTo(next, style);
      const reserve = next === '' ? 0 : RESET.length;
      const fits = column + limit - text.length - change.length - reserve;
      const end = this.#endOfRun(column);
      if (fits < end) {
        if (fits > column) text += change + this.#slice(column, fits) + switchTo('', next);
        else text += switchTo('', style);
        return { text, plain: this.#slice(0, Math.max(column, fits)), complete: false };
      }
      text += change + this.#slice(column, end);
      style = next;
      column = end;
    }
    return { text: text + switchTo('', style), plain: this.#slice(0, this.#length), complete: true };
  }

  #endOfRun(start: number): number {
    const style = this.#styles[start];
    let end = start + 1;
    while (end < this.#length && this.#styles[end] === style) end++;
    return end;
  }

  /** Joined pictographs are drawn as one by some terminals and side by side by others, which shifts the row. */
  #dropJoiners(): void {
    let kept = 0;
    for (let column = 0; column < this.#length; column++) {
      const unit = this.#units[column] ?? SPACE;
      const pair = this.#slice(column, Math.min(column + 2, this.#length));
      if (PICTOGRAPH.test(pair)) while (kept > 0 && this.#units[kept - 1] === ZERO_WIDTH_JOINER) kept--;
      this.#set(kept++, unit, this.#styles[column] ?? '');
    }
    this.#length = kept;
  }

  #set(column: number, unit: number, style: Style): void {
    this.#units[column] = unit;
    this.#styles[column] = style;
    if (style !== '') this.#styled = true;
  }

  #slice(from: number, to: number): string {
    return this.#bytes.toString('utf16le', from * 2, to * 2).toWellFormed();
  }
}

function switchTo(style: Style, from: Style): string {
  if (style === from) return '';
  if (style === '') return RESET;
  return from === '' ? `\x1b[${style}m` : `\x1b[0;${style}m`;
}
