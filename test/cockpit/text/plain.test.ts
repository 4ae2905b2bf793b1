import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { isPlain, plainParts } from '../../../src/cockpit/text/plain.ts';
import { ASCII, UNICODE } from '../../../src/cockpit/theme/glyphs.ts';

const UNITS = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
const PLAIN = UNITS.filter(isPlain);

test('every plain character is one column wide, and plain is what the chrome is drawn with', () => {
  expect(PLAIN.length).toBeGreaterThan(1_000);
  expect(PLAIN.filter((unit) => stringWidth(unit) !== 1)).toEqual([]);
  const chrome = JSON.stringify([UNICODE, ASCII]);
  expect([...chrome].filter((character) => !isPlain(character))).toEqual([]);
});

test('plain characters stay apart, whichever stand side by side', () => {
  const segmenter = new Intl.Segmenter();
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PLAIN), { maxLength: 30 }), (units) => {
      const text = units.join('');
      expect(isPlain(text)).toBe(true);
      expect(Array.from(segmenter.segment(text), ({ segment }) => segment)).toEqual(units);
      expect(stringWidth(text)).toBe(text.length);
    }),
  );
});

test.each([
  ['an emoji', '\u{1F600}'],
  ['a wide letter', '漢'],
  ['a letter with an accent of its own', 'e\u0301'],
  ['a digit made a key', '1\uFE0F\u20E3'],
  ['a tab', 'a\tb'],
  ['an escape', '\u001B[1m'],
  ['half a pair', '\uD83D'],
  ['a soft hyphen', 'a\u00ADb'],
])('%s is not plain', (_, text) => {
  expect(isPlain(text)).toBe(false);
});

test('colours and line ends are parts of their own', () => {
  expect(plainParts('\u001B[1;31ma┃\u001B[m\nb')).toEqual(['\u001B[1;31m', 'a', '┃', '\u001B[m', '\n', 'b']);
  expect(plainParts('')).toEqual([]);
  expect(plainParts('\u001B[2Ka')).toBeNull();
  expect(plainParts('漢')).toBeNull();
});
