import { describe, expect, test } from 'vitest';
import { fuzzyScore } from '../../../src/cockpit/text/fuzzy.ts';
import { smartCase } from '../../../src/cockpit/text/smart-case.ts';
import { sparkline } from '../../../src/cockpit/text/sparkline.ts';

describe('smart case', () => {
  test('small letters find any case, a capital makes it exact', () => {
    expect(smartCase('error')?.matches('An ERROR here')).toBe(true);
    expect(smartCase('Error')?.matches('An ERROR here')).toBe(false);
    expect(smartCase('Error')?.matches('An Error here')).toBe(true);
  });

  test('a leading ! inverts, and then nothing is highlighted', () => {
    const matcher = smartCase('!ready');
    expect([matcher?.matches('ready'), matcher?.matches('crashed'), matcher?.ranges('ready')]).toEqual([
      false,
      true,
      [],
    ]);
  });

  test('nothing asked is no question', () => {
    expect([smartCase(''), smartCase('!')]).toEqual([null, null]);
  });

  test('every occurrence is found, once', () => {
    expect(smartCase('aa')?.ranges('aaaa baa')).toEqual([
      [0, 2],
      [2, 4],
      [6, 8],
    ]);
  });
});

describe('fuzzy', () => {
  const best = (query: string, texts: readonly string[]): string | undefined =>
    texts
      .filter((text) => fuzzyScore(query, text) !== null)
      .sort((a, b) => (fuzzyScore(query, b) ?? 0) - (fuzzyScore(query, a) ?? 0))[0];

  test('initials of words find a command', () => {
    expect(best('sa', ['Restart all servers', 'Start all servers', 'Stop the selected'])).toBe('Start all servers');
  });

  test('a run of letters finds it too', () => {
    expect(best('resta', ['Start all servers', 'Restart all servers'])).toBe('Restart all servers');
  });

  test('a run beats letters that start words further on', () => {
    const texts = ['Stop all servers and the supervisor, then leave', 'Stop all servers'];
    expect(best('stop all', texts)).toBe('Stop all servers');
  });

  test('letters strewn over words do not count', () => {
    expect(fuzzyScore('stop', 'Show the messages so far; Enter copies one')).toBeNull();
  });
});

describe('sparkline', () => {
  test('shows the newest, a failure as such', () => {
    expect(sparkline([1, 2, 3, null, 100, 6000], 4, [...'12345678'], 'x')).toBe('1x38');
  });

  test('small differences of a healthy server do not move it', () => {
    const bars = [...'12345678'];
    expect(sparkline([2, 3, 4], 3, bars, 'x')).toBe(sparkline([4, 2, 3], 3, bars, 'x'));
  });
});
