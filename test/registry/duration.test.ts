import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration, timerMilliseconds } from '../../src/registry/duration.ts';

describe('parseDuration', () => {
  test.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['7', 7_000],
    [' 3 s ', 3_000],
    [0, 0],
    [2.5, 2_500],
  ])('%j is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each(['', 's', '-1s', '1w', '1h30m', 'soon', '1e3', '9'.repeat(400), -1, Number.NaN, Number.POSITIVE_INFINITY])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  test('any text gives a whole number of milliseconds or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double(), fc.stringMatching(/^[0-9.]{1,20} ?(ms|s|m|h|d)?$/)), (text) => {
        const milliseconds = parseDuration(text);
        expect(milliseconds === null || (Number.isSafeInteger(milliseconds) && milliseconds >= 0)).toBe(true);
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [-5, '0s'],
    [0, '0s'],
    [350, '350ms'],
    [999.9, '999ms'],
    [8_400, '8s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [245_000, '4m05'],
    [3_600_000, '1h'],
    [11_520_000, '3h12'],
    [86_399_999, '23h59'],
    [187_200_000, '2d4h'],
    [86_400_000 * 40, '40d'],
    [Number.NaN, '0s'],
  ])('%d ms reads %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('stays short and never shows a longer time as a shorter one', () => {
    const wait = fc.integer({ min: 0, max: 86_400_000 * 9_999 });
    fc.assert(
      fc.property(wait, (milliseconds) => {
        const text = formatDuration(milliseconds);
        expect(text.length).toBeLessThanOrEqual(8);
        expect(text).toMatch(/^\d+(ms|s|d|[mh](\d\d)?|d\d+h)$/);
      }),
    );
  });
});

test('a timer never gets a delay that Node would turn into 1 ms', () => {
  expect(timerMilliseconds('40d', 0)).toBe(2_147_483_647);
  expect(timerMilliseconds('9'.repeat(400), 0)).toBe(2_147_483_647);
  expect(timerMilliseconds(undefined, 5)).toBe(5);
});
