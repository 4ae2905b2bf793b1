import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { jsonRows } from '../../../src/cockpit/text/json-rows.ts';
import { isTame, tame, tameJson, tameRows } from '../../../src/cockpit/text/tame.ts';

describe('text of others', () => {
  test.each([
    ['\u001B[31mred\u001B[0m', 'red'],
    ['a\u001B]52;c;AAAA\u0007b', 'ab'],
    ['a\u001B]8;;http://x\u001B\\link', 'alink'],
    ['a\u009B2Jb', 'ab'],
    ['two\r\nlines\tand', 'two lines  and'],
    ['abc\u202Edef\u200B', 'abcdef'],
    ['\u001B', ''],
    ['\uD800x', 'x'],
  ])('%j is %j', (text, safe) => {
    expect(tame(text)).toBe(safe);
  });

  test('never has a control character, is never longer than allowed, and needs it done once', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 2 }),
        fc.constantFrom('\u001B', '[', ']', '\u0007', '3', 'm', '\n'),
      ),
    });
    fc.assert(
      fc.property(nasty, (text) => {
        const safe = tame(text, 20);
        expect(safe).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u202A-\u202E]/);
        expect(safe.length).toBeLessThanOrEqual(40);
        expect(isTame(safe)).toBe(true);
        expect(stringWidth(safe)).toBeLessThanOrEqual(80);
      }),
    );
  });

  test('of many lines is cut with a word about the rest', () => {
    expect(tameRows('a\nb\r\nc\nd', 2)).toEqual(['a', 'b', '... 2 more lines']);
  });

  test('JSON keeps its value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(tameJson(text))).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('JSON over rows', () => {
  test('is what JSON.stringify lays out, where nothing is hidden or deep', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme-ascii', maxDepth: 5 }), (value) => {
        expect(jsonRows(value, 10_000).join('\n')).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  test('is bounded, however deep or long', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 20_000; depth += 1) deep = [deep];
    expect(jsonRows(deep, 100).length).toBeLessThanOrEqual(101);
    expect(
      jsonRows(
        Array.from({ length: 1_000_000 }, () => 1),
        100,
      ),
    ).toHaveLength(101);
  });
});
