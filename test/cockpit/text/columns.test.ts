import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fit, justify, lineWidth, plain, sliceLine, span } from '../../../src/cockpit/text/line.ts';
import { sliceColumns, wrapColumns } from '../../../src/cockpit/text/sgr.ts';
import { truncateEnd, truncateMiddle } from '../../../src/cockpit/text/truncate.ts';
import { textWidth } from '../../../src/cockpit/text/width.ts';

const MARK = '~';
/** Text as servers write it: ASCII, wide characters, combining marks, emoji. */
const someText = fc.string({
  unit: fc.constantFrom('a', 'Z', ' ', '0', 'é', '漢', '字', 'e\u0301', '👍', '한', '▁'),
  maxLength: 40,
});
const someLine = fc.array(
  someText.map((text) => span(text)),
  { maxLength: 6 },
);
const someWidth = fc.integer({ min: 1, max: 60 });
const strip = (text: string): string => text.replace(/\u001B\[[\d;]*m/g, '');

describe('rows are exactly as wide as asked', () => {
  test('fit', () => {
    fc.assert(fc.property(someLine, someWidth, (line, width) => lineWidth(fit(line, width, MARK)) === width));
  });

  test('justify', () => {
    fc.assert(
      fc.property(someLine, someLine, someWidth, (left, right, width) => {
        return lineWidth(justify(left, right, width, MARK)) === width;
      }),
    );
  });

  test('truncation', () => {
    fc.assert(
      fc.property(someText, someWidth, (text, width) => {
        for (const cut of [truncateEnd(text, width, MARK), truncateMiddle(text, width, MARK)]) {
          expect(textWidth(cut)).toBeLessThanOrEqual(width);
          if (textWidth(text) <= width) expect(cut).toBe(text);
        }
      }),
    );
  });

  test('a slice, whatever colours the text has', () => {
    const coloured = fc
      .array(fc.tuple(fc.constantFrom('', '\u001B[31m', '\u001B[m', '\u001B[1;38;5;9m'), someText), { maxLength: 5 })
      .map((parts) => parts.map(([code, text]) => code + text).join(''));
    fc.assert(
      fc.property(coloured, fc.nat(40), fc.nat(40), (text, from, length) => {
        const whole = textWidth(strip(text));
        const sliced = sliceColumns(text, from, from + length);
        expect(textWidth(strip(sliced))).toBe(Math.max(0, Math.min(whole, from + length) - Math.min(whole, from)));
      }),
    );
  });

  test('an emoji cut in half is a space, although it has as many units as cells', () => {
    expect(sliceColumns('👍', 0, 1)).toBe(' ');
    expect(sliceColumns('a👍b', 2, 4)).toBe(' b');
  });

  test('a slice of a row is the row at those columns', () => {
    const ascii = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 9 }).map((text) => span(text)));
    fc.assert(
      fc.property(ascii, fc.nat(30), fc.nat(30), (line, from, length) => {
        expect(plain(sliceLine(line, from, from + length))).toBe(plain(line).slice(from, from + length));
      }),
    );
  });
});

describe('colours', () => {
  test('a slice keeps the colour that is on at its start, and ends with a reset', () => {
    expect(sliceColumns('\u001B[31mabcdef\u001B[0mgh', 2, 4)).toBe('\u001B[31mcd\u001B[0m');
  });

  test('the empty reset that many programs write is written out', () => {
    expect(sliceColumns('\u001B[31mab\u001B[mcd', 0, 4)).toBe('\u001B[31mab\u001B[0mcd\u001B[0m');
  });

  test('wrapping loses no text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'b', ' '), maxLength: 90 }), someWidth, (text, width) => {
        const rows = wrapColumns(text, width);
        expect(rows.join('')).toBe(text);
        expect(rows.every((row) => row.length <= width)).toBe(true);
      }),
    );
  });
});

test('the middle is cut so that both ends stay', () => {
  expect(truncateMiddle('postgres-analytics', 9, MARK)).toBe('post~tics');
});
