import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { plain, span } from '../../../src/cockpit/text/line.ts';
import { ASCII, chooseGlyphs, type Glyphs, UNICODE } from '../../../src/cockpit/theme/glyphs.ts';
import { paint } from '../../../src/cockpit/theme/paint.ts';
import { ROLES } from '../../../src/cockpit/theme/role.ts';
import { chooseTheme, THEMES } from '../../../src/cockpit/theme/theme.ts';

const symbols = (glyphs: Glyphs): string[] => {
  const all: string[] = [];
  JSON.stringify(glyphs, (key, value) => {
    if (typeof value === 'string' && key !== 'name') all.push(value);
    return value;
  });
  return all;
};

describe('symbols', () => {
  test('are one column wide, also where ambiguous ones are drawn two wide (frame and bars aside), and none is an emoji', () => {
    const frameOrBar = /[\u2500-\u257F\u2580-\u259F]/;
    for (const symbol of symbols(UNICODE)) {
      expect([symbol, stringWidth(symbol)]).toEqual([symbol, 1]);
      if (!frameOrBar.test(symbol))
        expect([symbol, stringWidth(symbol, { ambiguousIsNarrow: false })]).toEqual([symbol, 1]);
      expect([symbol, /\p{Emoji}/u.test(symbol)]).toEqual([symbol, false]);
    }
  });

  test('tell the states apart, in both sets', () => {
    for (const { state } of [UNICODE, ASCII]) expect(new Set(Object.values(state)).size).toBe(14);
  });

  test('are ASCII where the locale is not UTF-8', () => {
    expect(symbols(ASCII).join('')).toMatch(/^[ -~]+$/);
    expect(chooseGlyphs(undefined, { LANG: 'de_DE.UTF-8' })).toBe(UNICODE);
    expect(chooseGlyphs(undefined, { LANG: 'de_DE.UTF-8', LC_ALL: 'C' })).toBe(ASCII);
    expect(chooseGlyphs(undefined, {})).toBe(ASCII);
    expect(chooseGlyphs('unicode', {})).toBe(UNICODE);
  });
});

describe('colours', () => {
  test.each([
    [{ NO_COLOR: '1' }, undefined, 'mono'],
    [{ NO_COLOR: '' }, undefined, 'default'],
    [{ FORCE_COLOR: '0' }, undefined, 'mono'],
    [{ TERM: 'dumb' }, undefined, 'mono'],
    [{ NO_COLOR: '1' }, true, 'default'],
    [{}, false, 'mono'],
  ] as const)('with %j and the flag %s the theme is %s', (env, flag, name) => {
    expect(chooseTheme(undefined, env, flag).name).toBe(name);
  });

  test('the default theme uses nothing but the sixteen colours and weights', () => {
    for (const role of ROLES) {
      for (const code of THEMES.default.palette[role].split(';').filter(Boolean)) {
        expect(code).toMatch(/^([1-9]|[349][0-7]|10[0-7])$/);
      }
    }
  });

  test('mono has no colour, and still tells apart what must not be told by colour alone', () => {
    const { palette } = THEMES.mono;
    for (const role of ROLES)
      expect(palette[role].split(';').every((code) => ['', '1', '4', '7'].includes(code))).toBe(true);
    expect(palette.selected).not.toBe('');
    expect(palette.match).not.toBe(palette.matchHere);
  });
});

describe('painting', () => {
  test('ends every colour where its text ends', () => {
    expect(paint([span('a', 'error'), span('b')], THEMES.default)).toBe('\u001B[31ma\u001B[0mb');
  });

  test('lets nothing through that moves the cursor or changes a mode', () => {
    const evil = 'a\u001B[2J\u001B]0;title\u0007\u0000\r\nb\u009B1m';
    for (const line of [[span(evil)], [{ text: evil, coloured: true }] as const]) {
      expect(paint(line, THEMES.default)).toMatch(/^[ -~]*$/);
    }
  });

  test("a server's colours pass where there are colours, and only as colours of its own line", () => {
    const line = [{ text: '\u001B[31mred\u001B[0m', coloured: true }] as const;
    expect(paint(line, THEMES.default)).toBe(plain(line));
    expect(paint(line, THEMES.mono)).toBe('red');
  });
});
