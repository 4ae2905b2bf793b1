import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, lstatSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CUT_LADDER, type CutMethod } from '../../../src/supervisor/logs/cut.ts';
import { positionPath, readPosition } from '../../../src/supervisor/logs/log-position.ts';
import { rotateOnStart, rotateRunning, settleRotation } from '../../../src/supervisor/logs/rotate.ts';
import { readLog } from '../../../src/supervisor/logs/tail.ts';
import { LogClock } from '../../../src/supervisor/logs/time-index.ts';
import { isAlive, waitFor } from '../../helpers/wait.ts';
import { canCut } from './can-cut.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { gapIn, numbersOf, startWriter } from './writing.ts';

const KB = 1024;

function bytesIn(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + lstatSync(`${path}/${name}`).blocks * 512, 0);
}

function ladder(method: CutMethod) {
  return CUT_LADDER.filter((tool) => tool.method === method);
}

/** Rotates a log at its limit, as the supervisor does, until its writer has ended. Returns how often. */
async function rotateWhile(
  done: Promise<unknown>,
  rotate: () => Promise<{ readonly method: string }>,
): Promise<number> {
  let rotations = 0;
  let running = true;
  void done.then(() => {
    running = false;
  });
  while (running) {
    if ((await rotate()).method !== 'none') rotations++;
    await sleep(5);
  }
  return rotations;
}

describe('on start', () => {
  test('a log within its limit stays', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'x'.repeat(100));
    expect(await rotateOnStart(dir.file('a.log'), { maxBytes: 100, keep: 2 })).toMatchObject({
      method: 'none',
      problem: null,
    });
    expect(await rotateOnStart(dir.file('missing.log'), { maxBytes: 100, keep: 2 })).toMatchObject({
      method: 'none',
      problem: null,
    });
    expect(readdirSync(dir.path)).toEqual(['a.log']);
  });

  test('a larger one becomes number 1, the others move up, the oldest goes', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    for (const text of ['one', 'two', 'six']) {
      writeFileSync(log, text);
      expect(await rotateOnStart(log, { maxBytes: 2, keep: 2 })).toMatchObject({
        method: 'renamed',
        archivedBytes: text.length,
      });
    }
    expect(readdirSync(dir.path).sort()).toEqual(['a.log.1', 'a.log.2', 'a.log.base']);
    expect(readFileSync(`${log}.1`, 'utf8')).toBe('six');
    expect(readFileSync(`${log}.2`, 'utf8')).toBe('two');
  });

  test('without archives it is removed', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'x'.repeat(100));
    expect(await rotateOnStart(dir.file('a.log'), { maxBytes: 10, keep: 0 })).toMatchObject({
      method: 'renamed',
      droppedBytes: 100,
    });
    expect(readdirSync(dir.path)).toEqual(['a.log.base']);
  });

  test('archives and log together stay within bounds even when the log grew far too large', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const limits = { maxBytes: 64 * KB, keep: 3 };
    for (const size of [100, 70, 2000, 190]) {
      appendFileSync(log, 'x'.repeat(size * KB));
      await rotateOnStart(log, limits);
      expect(bytesIn(dir.path)).toBeLessThanOrEqual(5 * limits.maxBytes);
    }
  });

  test('a symbolic link is neither followed nor moved', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('target'), 'x'.repeat(100));
    symlinkSync(dir.file('target'), dir.file('a.log'));
    expect(await rotateOnStart(dir.file('a.log'), { maxBytes: 10, keep: 2 })).toMatchObject({ method: 'none' });
    expect(await rotateRunning(dir.file('a.log'), { maxBytes: 10, keep: 2 })).toMatchObject({
      problem: { why: 'it is a symbolic link' },
    });
    expect(lstatSync(dir.file('target')).size).toBe(100);
    expect(readdirSync(dir.path).sort()).toEqual(['a.log', 'target']);
  });
});

describe('while the server writes as fast as it can', () => {
  const total = 120_000;
  const limits = { maxBytes: 1024 * KB, keep: 100 };

  test.each(['collapsed', 'punched'] as const)('%s: no line is lost or doubled', async (method) => {
    if (!canCut(method)) return;
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    // Enough for several rotations, also where the writer has a core to itself and the rotation has not.
    const lines = 4 * total;
    const { done } = startWriter(log, { total: lines });
    const rotations = await rotateWhile(done, () => rotateRunning(log, limits, ladder(method)));
    expect(rotations).toBeGreaterThan(2);
    expect(gapIn(numbersOf(await readLog(log)), lines)).toBeNull();
    expect(readPosition(log).cutting).toBeNull();
  });

  test('truncated: what is lost is counted in lines per rotation, and nothing is doubled', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const { done } = startWriter(log, { total });
    const rotations = await rotateWhile(done, () => rotateRunning(log, limits, ladder('truncated')));
    expect(rotations).toBeGreaterThan(0);
    const numbers = numbersOf(await readLog(log));
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    // About a thousand per rotation at 400,000 lines/s (R18).
    expect(total - numbers.length).toBeLessThan(5000 * rotations);
  });

  test('the disk stays bounded, and the last lines stay in the log', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const small = { maxBytes: 512 * KB, keep: 3 };
    const { done } = startWriter(log, { total, perTick: 500, tickMs: 5 });
    let most = 0;
    await rotateWhile(done, async () => {
      const result = await rotateRunning(log, small);
      most = Math.max(most, bytesIn(dir.path));
      return result;
    });
    // What was written between two looks comes on top.
    expect(most).toBeLessThan((small.keep + 3) * small.maxBytes);
    expect(readFileSync(log, 'utf8')).toContain(`line ${total - 1} `);
    const numbers = numbersOf(await readLog(log));
    expect(
      gapIn(
        numbers.map((number) => number - (numbers[0] ?? 0)),
        total - (numbers[0] ?? 0),
      ),
    ).toBeNull();
  });

  test('the times of lines survive', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const clock = new LogClock(dir.path);
    clock.track('a');
    const { done } = startWriter(log, { total: 20_000, perTick: 100, tickMs: 5 });
    await rotateWhile(done, () => rotateRunning(log, { maxBytes: 256 * KB, keep: 100 }));
    clock.untrack('a');
    const times = (await readLog(log)).map(({ at }) => at ?? 0);
    expect(times).toHaveLength(20_000);
    expect(times[0]).toBeGreaterThan(0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBeGreaterThan(3);
  });

  test('without archives the beginning is dropped, and counted', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'x'.repeat(400 * KB));
    const { method, droppedBytes, archivedBytes } = await rotateRunning(log, { maxBytes: 100 * KB, keep: 0 });
    expect(method).not.toBe('none');
    expect(archivedBytes).toBe(0);
    expect(droppedBytes).toBeGreaterThan(300 * KB);
    expect(readdirSync(dir.path).sort()).toEqual(['a.log', 'a.log.base']);
  });

  test('two calls at once are one rotation', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'x'.repeat(400 * KB));
    const limits = { maxBytes: 100 * KB, keep: 2 };
    await Promise.all([1, 2, 3].map(() => rotateRunning(dir.file('a.log'), limits)));
    expect(readPosition(dir.file('a.log')).generation).toBe(1);
    expect(existsSync(dir.file('a.log.2'))).toBe(false);
  });
});

describe('kill -9 in the middle of rotations', () => {
  const script = fileURLToPath(new URL('rotate-for-ever.ts', import.meta.url));
  const deadlyScript = fileURLToPath(new URL('rotate-and-die.ts', import.meta.url));

  test.skipIf(!canCut('collapsed'))(
    'at any moment: loses nothing, doubles nothing, leaves nothing lying about',
    async () => {
      using dir = temporaryDirectory();
      const log = dir.file('a.log');
      const total = 60_000;
      const writer = startWriter(log, { total, perTick: 200, tickMs: 3 });
      for (let round = 0; writer.child.exitCode === null; round++) {
        const rotator = spawn(process.execPath, [script, log, 'collapsed'], {
          stdio: ['ignore', 'pipe', 'inherit'],
          detached: true,
        });
        const ended = once(rotator, 'exit');
        await once(rotator.stdout, 'data');
        await sleep((round * 7) % 40);
        rotator.kill('SIGKILL');
        await ended;
        await waitFor('the cut to end', async () => !(await groupLives(rotator.pid ?? 0)));
        settleRotation(log);
        expect(readPosition(log).cutting).toBeNull();
        expect(existsSync(`${log}.1.new`)).toBe(false);
      }
      expect(gapIn(numbersOf(await readLog(log)), total)).toBeNull();
    },
  );

  test.each([
    ['collapsed', 'before'],
    ['collapsed', 'after'],
    ['punched', 'before'],
    ['punched', 'after'],
    ['truncated', 'before'],
    ['truncated', 'after'],
  ] as const)('%s, right %s the cut: the next one to look puts it right', async (method, moment) => {
    if (method !== 'truncated' && !canCut(method)) return;
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    await startWriter(log, { total: 3000 }).done;
    const dying = spawn(process.execPath, [deadlyScript, log, method, moment], { stdio: 'inherit' });
    await once(dying, 'exit');
    expect(dying.signalCode).toBe('SIGKILL');
    expect(readPosition(log).cutting).not.toBeNull();
    settleRotation(log);
    expect(gapIn(numbersOf(await readLog(log)), 3000)).toBeNull();
    await startWriter(log, { total: 3000, from: 3000 }).done;
    await rotateRunning(log, { maxBytes: 100 * KB, keep: 1000 });
    expect(gapIn(numbersOf(await readLog(log)), 6000)).toBeNull();
    expect(existsSync(`${log}.1.new`)).toBe(false);
    expect(existsSync(`${log}.1`)).toBe(true);
    expect(existsSync(`${log}.2`)).toBe(moment === 'after');
  });

  async function groupLives(group: number): Promise<boolean> {
    try {
      process.kill(-group, 0);
      return true;
    } catch {
      return isAlive(group);
    }
  }
});

test('a position file that is broken, missing or a link counts from 0', () => {
  using dir = temporaryDirectory();
  const log = dir.file('a.log');
  const origin = { generation: 0, base: 0, head: 0, cutting: null };
  expect(readPosition(log)).toMatchObject(origin);
  for (const text of ['', '{', '[]', '{"generation":1}', '{"generation":"1","base":0}']) {
    writeFileSync(positionPath(log), text);
    expect(readPosition(log)).toMatchObject(origin);
  }
});
