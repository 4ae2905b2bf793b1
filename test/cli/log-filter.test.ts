import fc from 'fast-check';
import { expect, test } from 'vitest';
import { grepPattern, interleave, linesSince, passes } from '../../src/cli/log-filter.ts';
import type { LogLine } from '../../src/supervisor/api.ts';

const line = (seq: number, at: number | null, rest: Partial<LogLine> = {}): LogLine => ({
  seq,
  at,
  text: `line ${seq}`,
  plain: `line ${seq}`,
  level: null,
  kind: 'line',
  ...rest,
});

test('the order within each log stays, whatever is known of the times; where all is known, time decides', () => {
  const times = fc.array(fc.option(fc.nat(50)), { maxLength: 20 });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), times), (logs) => {
      const named = new Map(Object.entries(logs).map(([name, all]) => [name, all.map((at, seq) => line(seq, at))]));
      const woven = interleave(named);
      for (const [name, lines] of named) {
        expect(woven.filter(({ server }) => server === name).map((each) => each.line)).toEqual(lines);
      }
    }),
  );
  const both = new Map([
    ['a', [line(0, 10), line(1, 30)]],
    ['b', [line(0, 20), line(1, null), line(2, 40)]],
  ]);
  expect(interleave(both).map(({ server, line: { seq } }) => server + seq)).toEqual(['a0', 'b0', 'b1', 'a1', 'b2']);
});

test('since: a line of unknown time is late unless an earlier one follows it', () => {
  const lines = [line(0, null), line(1, 10), line(2, null), line(3, 20), line(4, null)];
  const since = (at: number | null) => linesSince(lines, at).map(({ seq }) => seq);
  expect(since(null)).toEqual([0, 1, 2, 3, 4]);
  expect(since(10)).toEqual([0, 1, 2, 3, 4]);
  expect(since(15)).toEqual([2, 3, 4]);
  expect(since(25)).toEqual([4]);
});

test('a line without a level counts as info; a mark of the tail shows where nothing is searched', () => {
  const all = { grep: null, level: null, sinceMs: null };
  const mark = line(0, 1, { kind: 'mark', plain: '--- log rotated ---' });
  expect(passes(line(0, 1), { ...all, level: 'info' })).toBe(true);
  expect(passes(line(0, 1), { ...all, level: 'warn' })).toBe(false);
  expect(passes(line(0, 1, { level: 'error' }), { ...all, level: 'warn' })).toBe(true);
  expect(passes(mark, all)).toBe(true);
  expect(passes(mark, { ...all, level: 'debug' })).toBe(false);
  expect(passes(line(7, 1), { ...all, grep: /e 7$/ })).toBe(true);
});

test('case counts once there is a capital; an escape is none; what is no pattern is none', () => {
  expect(grepPattern('error')?.test('ERROR')).toBe(true);
  expect(grepPattern('Error')?.test('ERROR')).toBe(false);
  expect(grepPattern('err\\S+')?.test('ERROR')).toBe(true);
  expect(grepPattern('(')).toBeNull();
});
