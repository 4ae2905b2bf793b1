import { appendFileSync, closeSync, ftruncateSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rotateOnStart, rotateRunning } from '../../../src/supervisor/logs/rotate.ts';
import { type ReadOptions, readLog } from '../../../src/supervisor/logs/tail.ts';
import { LogClock, readTimeIndex } from '../../../src/supervisor/logs/time-index.ts';
import { waitFor } from '../../helpers/wait.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { gapIn, numbersOf, startWriter } from './writing.ts';

/** Rotates a log of a single byte, and has room for archives all the same. */
const EVERY_TIME = { maxBytes: 0.5, keep: 10_000_000 };

async function plain(log: string, options: ReadOptions = {}): Promise<string[]> {
  return (await readLog(log, options)).map((line) => line.plain);
}

test('a missing or empty log has no lines', async () => {
  using dir = temporaryDirectory();
  expect(await plain(dir.file('a.log'))).toEqual([]);
  writeFileSync(dir.file('a.log'), '');
  expect(await plain(dir.file('a.log'), { lines: 5 })).toEqual([]);
});

test('whatever stands in a log and its archives, all of it is read, and the last lines are its last lines', async () => {
  const part = fc.array(fc.constantFrom('a', 'bc', '\n', '\n\n', 'é', 'x'.repeat(30_000), `${'y'.repeat(70_000)}\n`), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), fc.nat({ max: 8 }), async (parts, count) => {
      using dir = temporaryDirectory();
      const log = dir.file('a.log');
      const expected: string[] = [];
      for (const [number, pieces] of parts.entries()) {
        const text = pieces.join('');
        if (number > 0) await rotateOnStart(log, EVERY_TIME);
        writeFileSync(log, text);
        expected.push(...(text.endsWith('\n') ? text.slice(0, -1) : text).split('\n').slice(text === '' ? 1 : 0));
      }
      const all = (await plain(log)).map((line) => line.slice(0, 100));
      expect(all).toEqual(expected.map((line) => line.slice(0, 100)));
      expect((await plain(log, { lines: count })).map((line) => line.slice(0, 100))).toEqual(
        count === 0 ? [] : all.slice(-count),
      );
    }),
    { numRuns: 150 },
  );
});

test('the last lines of a log of 10 GB come without reading it', async () => {
  using dir = temporaryDirectory();
  const log = dir.file('a.log');
  const fd = openSync(log, 'w');
  ftruncateSync(fd, 10 * 1024 ** 3);
  writeSync(fd, '\nfirst\nsecond\nthird\n', 10 * 1024 ** 3);
  closeSync(fd);
  expect(await plain(log, { lines: 2 })).toEqual(['second', 'third']);
});

describe('searching', () => {
  test('by text, also with a pattern that remembers where it was', async () => {
    using dir = temporaryDirectory();
    writeFileSync(
      dir.file('a.log'),
      Array.from({ length: 30_000 }, (_, n) => `\x1b[3${n % 8}mnumber\x1b[m ${n}\n`).join(''),
    );
    expect(await plain(dir.file('a.log'), { grep: /number 1234/g })).toEqual(
      ['', ...'0123456789'].map((digit) => `number 1234${digit}`),
    );
    expect(await plain(dir.file('a.log'), { grep: /number 1234/g, lines: 2 })).toEqual([
      'number 12348',
      'number 12349',
    ]);
  });

  test('by level, with the lines that belong to it', async () => {
    using dir = temporaryDirectory();
    const noise = Array.from({ length: 5000 }, (_, n) => `INFO quiet ${n}\n`).join('');
    const trace = [
      'Traceback (most recent call last):',
      ...Array.from({ length: 3000 }, (_, n) => `  File "x.py", line ${n}`),
    ];
    writeFileSync(dir.file('a.log'), `${noise}${trace.join('\n')}\nINFO calm\n`);
    expect(await plain(dir.file('a.log'), { level: 'warn' })).toEqual(trace);
    expect(await plain(dir.file('a.log'), { level: 'warn', lines: 1 })).toEqual(trace.slice(-1));
  });

  test('by time', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const clock = new LogClock(dir.path);
    onTestFinished(() => clock.close());
    writeFileSync(log, 'unknown\n');
    clock.track('a');
    const times: number[] = [];
    for (const word of ['one', 'two', 'three']) {
      // The millisecond of the last entry must be over.
      times.push(await waitFor('a later time', () => (Date.now() > (readTimeIndex(log).at(-2) ?? 0) ? Date.now() : 0)));
      const entries = readTimeIndex(log).length;
      appendFileSync(log, `${word}\nagain ${word}\n`);
      await waitFor('an entry', () => readTimeIndex(log).length > entries);
    }
    const [first = 0, second = 0, third = 0] = times;
    expect(await plain(log, { sinceMs: second })).toEqual(['two', 'again two', 'three', 'again three']);
    expect(await plain(log, { sinceMs: first, untilMs: second })).toEqual(['unknown', 'one', 'again one']);
    expect(await plain(log, { untilMs: third, lines: 1 })).toEqual(['again two']);
    expect(await plain(log, { sinceMs: Date.now() + 1000 })).toEqual([]);
    expect(await plain(log, { sinceMs: 0 })).toHaveLength(7);
  });
});

test('while the log is being rotated, each reading is whole', async () => {
  using dir = temporaryDirectory();
  const log = dir.file('a.log');
  const { child, done } = startWriter(log, { total: 40_000, perTick: 200, tickMs: 3 });
  for (let turn = 0; child.exitCode === null; turn++) {
    const [lines] = await Promise.all([
      readLog(log),
      turn % 2 ? rotateRunning(log, { maxBytes: 200 * 1024, keep: 100 }) : null,
    ]);
    const numbers = numbersOf(lines);
    expect(gapIn(numbers, numbers.length)).toBeNull();
  }
  await done;
  expect(gapIn(numbersOf(await readLog(log)), 40_000)).toBeNull();
});

test('truncated while it is read, it ends there', async () => {
  using dir = temporaryDirectory();
  const log = dir.file('a.log');
  writeFileSync(log, 'x\n'.repeat(500_000));
  const reading = readLog(log);
  truncateSync(log, 100);
  expect((await reading).length).toBeLessThanOrEqual(500_000);
});
