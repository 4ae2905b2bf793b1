import { appendFileSync, lstatSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { rotateOnStart } from '../../../src/supervisor/logs/rotate.ts';
import {
  indexPath,
  LogClock,
  MAX_INDEX_BYTES,
  offsetSince,
  readTimeIndex,
  thin,
  timeAt,
} from '../../../src/supervisor/logs/time-index.ts';
import { waitFor } from '../../helpers/wait.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function tracked(dir: { readonly path: string }, onGrown?: (server: string, bytes: number) => void): LogClock {
  const clock = new LogClock(dir.path, onGrown);
  onTestFinished(() => clock.close());
  clock.track('a');
  return clock;
}

/** Appends and waits until the clock has noticed. Returns the times between which it happened. */
async function append(log: string, text: string): Promise<{ readonly before: number; readonly after: number }> {
  const before = Date.now();
  const entries = readTimeIndex(log).length;
  appendFileSync(log, text);
  await waitFor('a new entry', () => readTimeIndex(log).length > entries);
  return { before, after: Date.now() };
}

describe('the clock', () => {
  test('notes when a log grew', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    tracked(dir);
    const first = await append(log, '0123456789');
    const second = await append(log, '0123456789');
    const index = readTimeIndex(log);
    for (const [position, { before, after }] of [
      [0, first],
      [9, first],
      [10, second],
      [19, second],
    ] as const) {
      const at = timeAt(index, position) ?? 0;
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThanOrEqual(after);
    }
    expect(timeAt(index, 20)).toBeNull();
    expect(lstatSync(indexPath(log)).mode & 0o777).toBe(0o600);
  });

  test('does not know when anything was written before it watched, or between two watches', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'before');
    const clock = tracked(dir);
    await append(log, 'seen');
    clock.untrack('a');
    appendFileSync(log, 'unseen');
    clock.track('a');
    await append(log, 'seen');
    const index = readTimeIndex(log);
    expect([0, 6, 10, 16].map((position) => timeAt(index, position) !== null)).toEqual([false, true, false, true]);
  });

  test('notes the last words of a log that is no longer watched', () => {
    using dir = temporaryDirectory();
    const clock = tracked(dir);
    const before = Date.now();
    appendFileSync(dir.file('a.log'), 'last words');
    clock.untrack('a');
    expect(timeAt(readTimeIndex(dir.file('a.log')), 0)).toBeGreaterThanOrEqual(before);
  });

  test('writes nothing while nothing grows', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('b.log'), 'still');
    const clock = tracked(dir);
    clock.track('b');
    const index = indexPath(dir.file('b.log'));
    const before = readFileSync(index);
    const { mtimeMs } = lstatSync(index);
    for (let turn = 0; turn < 3; turn++) await append(dir.file('a.log'), 'x');
    expect(readFileSync(index)).toEqual(before);
    expect(lstatSync(index).mtimeMs).toBe(mtimeMs);
  });

  test('starts over when somebody truncated or replaced the log', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    tracked(dir);
    await append(log, 'x'.repeat(1000));
    truncateSync(log, 0);
    const before = Date.now();
    appendFileSync(log, 'new');
    await waitFor('a new index', () => readTimeIndex(log).at(-1) === 3);
    expect(timeAt(readTimeIndex(log), 0)).toBeGreaterThanOrEqual(before);

    rmSync(log);
    writeFileSync(log, 'and again');
    await waitFor('the new file', () => readTimeIndex(log).at(-1) === 9);
    expect(timeAt(readTimeIndex(log), 8)).not.toBeNull();
  });

  test('goes on through a rotation', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const clock = tracked(dir);
    const old = await append(log, 'x'.repeat(1000));
    clock.untrack('a');
    await rotateOnStart(log, { maxBytes: 500, keep: 2 });
    writeFileSync(log, '');
    clock.track('a');
    const recent = await append(log, 'new');
    const index = readTimeIndex(log);
    expect(timeAt(index, 0)).toBeLessThanOrEqual(old.after);
    expect(timeAt(index, 1001)).toBeGreaterThanOrEqual(recent.before);
  });

  test('tells how large a log has become', async () => {
    using dir = temporaryDirectory();
    const sizes: [string, number][] = [];
    tracked(dir, (server, bytes) => sizes.push([server, bytes]));
    await append(dir.file('a.log'), 'x'.repeat(70));
    expect(sizes).toEqual([['a', 70]]);
  });

  test('mends an index that a full disk cut short, and bounds its size', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const full = Float64Array.from({ length: MAX_INDEX_BYTES / 8 }, (_, n) =>
      n % 2 === 0 ? 1e12 + n * 50 : (n + 1) / 2,
    );
    writeFileSync(indexPath(log), Buffer.concat([Buffer.from(full.buffer), Buffer.from('torn')]));
    writeFileSync(log, 'x'.repeat(MAX_INDEX_BYTES / 16));
    tracked(dir);
    const before = Date.now();
    appendFileSync(log, 'y');
    await waitFor('a smaller index', () => lstatSync(indexPath(log)).size < MAX_INDEX_BYTES);
    const index = readTimeIndex(log);
    expect(timeAt(index, MAX_INDEX_BYTES / 16)).toBeGreaterThanOrEqual(before);
    expect(timeAt(index, MAX_INDEX_BYTES / 16 - 1)).toBe(full.at(-2));
    expect(readdirSync(dir.path).sort()).toEqual(['a.log', 'a.log.idx']);
  });
});

const entries = fc
  .array(fc.record({ pause: fc.nat({ max: 5000 }), bytes: fc.integer({ min: 1, max: 500 }), known: fc.boolean() }), {
    maxLength: 60,
  })
  .map((steps) => {
    let [at, end] = [1000, 0];
    return Float64Array.from(
      steps.flatMap(({ pause, bytes, known }) => {
        at += pause;
        end += bytes;
        return [known ? at : 0, end];
      }),
    );
  });

describe('looking up', () => {
  test('finds the entry that first covers a position', () => {
    fc.assert(
      fc.property(entries, fc.nat({ max: 20_000 }), (index, position) => {
        const pairs = Array.from(
          { length: index.length / 2 },
          (_, n) => [index[2 * n] ?? 0, index[2 * n + 1] ?? 0] as const,
        );
        expect(timeAt(index, position)).toBe(pairs.find(([, end]) => end > position)?.[0] || null);
      }),
    );
  });

  test('since a time: nothing before is later, nothing after is known to be earlier', () => {
    fc.assert(
      fc.property(entries, fc.nat({ max: 100_000 }), (index, time) => {
        const from = offsetSince(index, time);
        for (let n = 0; n < index.length; n += 2) {
          const [at = 0, end = 0] = [index[n], index[n + 1]];
          if (end > from && at !== 0) expect(at).toBeGreaterThanOrEqual(time);
          if (end === from) expect(at).toBeLessThan(time);
        }
      }),
    );
  });

  test('in a thinned index: never an earlier time, unknown stays unknown, and lonely entries stay exact', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 60 }), fc.nat({ max: 20_000 }), (index, room, position) => {
        const thinned = thin(index, room);
        expect(thinned.length / 2).toBeLessThanOrEqual(room + 1);
        const [exact, coarse] = [timeAt(index, position), timeAt(thinned, position)];
        if (coarse !== null) expect(coarse).toBeGreaterThanOrEqual(exact ?? Number.POSITIVE_INFINITY);
      }),
    );
    const lonely = Float64Array.of(1000, 10, 1100, 20, 1200, 30, 500_000, 40, 900_000, 50, 900_100, 60, 900_200, 70);
    expect([...thin(lonely, 5)]).toEqual([1100, 20, 1200, 30, 500_000, 40, 900_100, 60, 900_200, 70]);
  });
});
