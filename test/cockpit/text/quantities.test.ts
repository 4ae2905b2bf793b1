import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countdown, duration, moment, uptime } from '../../../src/cockpit/text/duration.ts';
import { bytes, percent, plural } from '../../../src/cockpit/text/quantity.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('duration', () => {
  test.each([
    [8_999, '8s'],
    [45 * MINUTE, '45m'],
    [3 * HOUR + 12 * MINUTE, '3h12'],
    [3 * HOUR + 2 * MINUTE, '3h02'],
    [2 * DAY + 4 * HOUR, '2d4h'],
    [400 * DAY, '400d'],
    [-5, '0s'],
  ])('%d ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  test('takes at most five columns below 100 days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 * DAY - 1 }), (ms) => duration(ms).length <= 5 || ms > 10 * DAY),
    );
    fc.assert(fc.property(fc.integer({ min: 0, max: 10 * DAY }), (ms) => duration(ms).length <= 5));
  });

  test('uptime has no seconds, so that a table of running servers stands still', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 30 * DAY }), (ms) => !uptime(ms).includes('s')));
  });

  test('a countdown shows the full second it is in, and ends at zero', () => {
    expect(countdown(8_000, 0)).toBe('8s');
    expect(countdown(8_000, 1)).toBe('8s');
    expect(countdown(8_000, 7_999)).toBe('1s');
    expect(countdown(8_000, 9_000)).toBe('0s');
  });

  test('a moment of today has no date', () => {
    const now = new Date(2026, 7, 1, 12).getTime();
    expect(moment(new Date(2026, 7, 1, 9, 5, 7).getTime(), now)).toBe('09:05:07');
    expect(moment(new Date(2026, 6, 31, 23, 59, 59).getTime(), now)).toBe('2026-07-31 23:59:59');
  });
});

describe('quantities', () => {
  test.each([
    [812, '812B'],
    [61 * 1024 ** 2, '61M'],
    [1.4 * 1024 ** 3, '1.4G'],
    [1023, '1.0K'],
    [999 * 1024 ** 2, '999M'],
  ])('%d bytes are %s', (count, text) => {
    expect(bytes(count)).toBe(text);
  });

  test('bytes take at most four columns', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 900 * 1024 ** 4, noNaN: true }), (count) => bytes(count).length <= 4),
    );
  });

  test('percent has a decimal only where it says something', () => {
    expect([0, 0.4, 9.94, 9.96, 99.5, 340].map(percent)).toEqual(['0%', '0.4%', '9.9%', '10%', '100%', '340%']);
  });

  test('one is not many', () => {
    expect([0, 1, 2].map((count) => plural(count, 'server'))).toEqual(['0 servers', '1 server', '2 servers']);
  });
});
