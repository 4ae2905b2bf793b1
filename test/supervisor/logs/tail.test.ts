import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CUT_LADDER } from '../../../src/supervisor/logs/cut.ts';
import { CUT_MARK } from '../../../src/supervisor/logs/line-splitter.ts';
import { rotateOnStart, rotateRunning } from '../../../src/supervisor/logs/rotate.ts';
import { FileLogReader } from '../../../src/supervisor/logs/tail.ts';
import { LogClock } from '../../../src/supervisor/logs/time-index.ts';
import { needs } from '../../helpers/require.ts';
import { waitFor } from '../../helpers/wait.ts';
import { canCut } from './can-cut.ts';
import { startTail } from './tailing.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { gapIn, numbersOf, startInto, startWriter } from './writing.ts';

describe('the last lines first, then what comes', () => {
  test('of a large log', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, Array.from({ length: 100_000 }, (_, n) => `number ${n}\n`).join(''));
    const tail = startTail(dir.path, { lines: 3 });
    expect(tail.lines).toEqual([]);
    await tail.shows('number 99999');
    appendFileSync(log, 'more\nand more\n');
    await tail.shows('and more');
    expect(tail.texts()).toEqual(['number 99997', 'number 99998', 'number 99999', 'more', 'and more']);
    expect(tail.lines.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
  });

  test.each([0, 1, 2, 3, 10])('%i lines of a log of three, the last unfinished', async (lines) => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'one\n\nthr');
    const tail = startTail(dir.path, { lines });
    // Without lines to show, the log is known to be open when the first new one comes.
    const ready = startTail(dir.path, { lines: 1 });
    await ready.shows('thr');
    appendFileSync(dir.file('a.log'), 'ee\nfour\n');
    await tail.shows('four');
    const all = ['one', '', 'thr', 'ee'];
    expect(tail.texts()).toEqual(lines === 0 ? ['four'] : [...all.slice(Math.max(0, 3 - lines)), 'four']);
  });

  test('of archives, when the log was just rotated', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'old 1\nold 2\nhalf');
    await rotateOnStart(log, { maxBytes: 5, keep: 2 });
    writeFileSync(log, 'new 1\n');
    const tail = startTail(dir.path, { lines: 3 });
    await tail.shows('new 1');
    expect(tail.texts()).toEqual(['old 2', 'half', 'new 1']);
  });

  test('levels, colours and times', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const clock = new LogClock(dir.path);
    onTestFinished(() => clock.close());
    writeFileSync(log, 'nobody saw this\n');
    clock.track('a');
    const before = Date.now();
    appendFileSync(log, '\x1b[31mERROR\x1b[m watched\n  detail\n');
    clock.untrack('a');
    const tail = startTail(dir.path);
    await tail.shows('detail');
    const after = Date.now();
    appendFileSync(log, 'live\n');
    await tail.shows('live');
    expect(
      tail.lines.map(({ text, level, at }) => [text, level, at === null ? null : at >= before && at <= Date.now()]),
    ).toEqual([
      ['nobody saw this', null, null],
      ['\x1b[31mERROR\x1b[0m watched', 'error', true],
      ['  detail', 'error', true],
      ['live', null, true],
    ]);
    expect(tail.lines[1]?.plain).toBe('ERROR watched');
    expect(tail.lines[3]?.at).toBeGreaterThanOrEqual(after);
  });

  test('an unfinished line is shown after a moment', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'ready\n');
    const tail = startTail(dir.path);
    await tail.shows('ready');
    appendFileSync(dir.file('a.log'), 'Password: ');
    await tail.shows('Password: ');
  });

  test.skipIf(needs('linux') !== null)('a tail closed by what another one calls says nothing', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'first\n');
    const said: string[] = [];
    const reader = new FileLogReader(dir.path);
    const one = reader.tail('a', { lines: 10 }, () => {
      said.push('one');
      other.close();
    });
    const other = reader.tail('a', { lines: 10 }, () => said.push('other'));
    await waitFor('the first to speak', () => said.length > 0);
    one.close();
    expect(said).toEqual(['one']);
    expect(
      readdirSync('/proc/self/fd')
        .flatMap((fd) => linkOf(fd))
        .filter((path) => path.startsWith(dir.path)),
    ).toEqual([]);
  });

  test('a closed tail says nothing more, and may be closed from within', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'first\n');
    let said = 0;
    const reader = new FileLogReader(dir.path);
    const own = reader.tail('a', { lines: 10 }, () => {
      said++;
      own.close();
    });
    const other = startTail(dir.path);
    await other.shows('first');
    appendFileSync(dir.file('a.log'), 'second\n');
    await other.shows('second');
    expect(said).toBe(1);
  });
});

/** Where a descriptor of this process leads; nothing when it was closed meanwhile. */
function linkOf(fd: string): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${fd}`)];
  } catch {
    return [];
  }
}

describe('the file may', () => {
  test('appear later', async () => {
    using dir = temporaryDirectory();
    const tail = startTail(dir.path, { lines: 0 });
    const present = startTail(dir.path);
    await new Promise((resolve) => setTimeout(resolve, 0));
    writeFileSync(dir.file('a.log'), 'hello\n');
    await present.shows('hello');
    await tail.shows('hello');
    expect(tail.marks()).toEqual([]);
  });

  test('be truncated', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'a longer line before\n');
    const tail = startTail(dir.path);
    await tail.shows('before');
    truncateSync(dir.file('a.log'));
    appendFileSync(dir.file('a.log'), 'after\n');
    await tail.shows('after');
    expect(tail.lines.map(({ plain }) => plain)).toEqual(['a longer line before', '--- log truncated ---', 'after']);
  });

  test('be renamed and replaced, with words after the last look', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'one\n');
    const tail = startTail(dir.path);
    await tail.shows('one');
    appendFileSync(log, 'two\nthree without end');
    renameSync(log, dir.file('a.log.old'));
    writeFileSync(log, 'four\n');
    await tail.shows('four');
    expect(tail.lines.map(({ plain }) => plain)).toEqual([
      'one',
      'two',
      'three without end',
      '--- log rotated ---',
      'four',
    ]);
  });

  test('be deleted while the server goes on writing, and come back (F49)', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const fd = openSync(log, 'a', 0o600);
    writeSync(fd, 'one\n');
    const tail = startTail(dir.path);
    await tail.shows('one');
    rmSync(log);
    await tail.shows('log deleted');
    writeSync(fd, 'still here\n');
    await tail.shows('still here');
    closeSync(fd);
    writeFileSync(log, 'a new start\n');
    await tail.shows('a new start');
    expect(tail.marks()).toEqual(['--- log deleted ---', '--- log rotated ---']);
  });

  test.each([
    ['a FIFO', (log: string) => void execFileSync('mkfifo', [log])],
    ['a link', (log: string) => symlinkSync('/etc/passwd', log)],
    ['a directory', (log: string) => mkdirSync(log)],
  ])('become %s (F48, F50)', async (_what, plant) => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'one\n');
    const tail = startTail(dir.path);
    await tail.shows('one');
    rmSync(log);
    plant(log);
    const late = startTail(dir.path);
    await late.shows('log is not a regular file: not read');
    await tail.shows('log replaced by something that is not a file');
    rmSync(log, { recursive: true });
    writeFileSync(log, 'back again\n');
    await Promise.all([tail.shows('back again'), late.shows('back again')]);
    expect(tail.texts()).toEqual(['one', 'back again']);
    expect(late.marks()).toHaveLength(1);
  });
});

describe('through rotation, at 20,000 lines a second, no line is lost or doubled', () => {
  const total = 40_000;

  test.each(['collapsed', 'punched'] as const)('%s', async (method) => {
    if (!canCut(method)) return;
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const tail = startTail(dir.path, { lines: total });
    const { done } = startWriter(log, { total, perTick: 100, tickMs: 5 });
    const ladder = CUT_LADDER.filter((tool) => tool.method === method);
    await rotatingUntil(done, () => rotateRunning(log, { maxBytes: 300 * 1024, keep: 50 }, ladder));
    await tail.shows(`line ${total - 1} `);
    expect(gapIn(numbersOf(tail.lines), total)).toBeNull();
    expect(new Set(tail.marks())).toEqual(new Set(['--- log rotated ---']));
  });

  test('renamed, between two lives of the server', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const tail = startTail(dir.path, { lines: 20_000 });
    for (let life = 0; life < 6; life++) {
      // Room for the archives of all lives, which is (keep + 1) × maxBytes: on a busy machine several may pass between two
      // looks of the tail.
      await rotateOnStart(log, { maxBytes: 10 * 1024, keep: 200 });
      await startWriter(log, { total: 2000, perTick: 500, tickMs: 1, from: life * 2000 }).done;
    }
    await tail.shows('line 11999 ');
    expect(gapIn(numbersOf(tail.lines), 12_000)).toBeNull();
    expect(new Set(tail.marks())).toEqual(new Set(['--- log rotated ---']));
  });

  test('what went to the archive before it was read is read there', async () => {
    if (!canCut('collapsed')) return;
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'start\n');
    const tail = startTail(dir.path);
    await tail.shows('start');
    await startWriter(log, { total: 20_000 }).done;
    // The event loop is not free between the end of the writer and the end of the rotation for a look at all of it.
    await rotateRunning(log, { maxBytes: 100 * 1024, keep: 50 });
    await tail.shows('line 19999 ');
    expect(gapIn(numbersOf(tail.lines), 20_000)).toBeNull();
  });

  async function rotatingUntil(done: Promise<unknown>, rotate: () => Promise<unknown>): Promise<void> {
    let running = true;
    void done.then(() => {
      running = false;
    });
    while (running) {
      await rotate();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
  }
});

describe('a flood', () => {
  test('is skipped, with a mark that says how much, and the end is shown (F26)', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    writeFileSync(log, 'before\n');
    const tail = startTail(dir.path);
    await tail.shows('before');
    const { done } = startWriter(log, { total: 150_000 });
    await done;
    appendFileSync(log, 'after\n');
    await tail.shows('after');
    const numbers = numbersOf(tail.lines);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(numbers.at(-1)).toBe(149_999);
    const skipped = tail.marks().map((mark) => Number(/^--- ([\d.]+) MB skipped ---$/.exec(mark)?.[1]));
    const missing = (150_000 - numbers.length) / 150_000;
    expect(skipped.reduce((sum, size) => sum + size, 0) * 1e6).toBeCloseTo(missing * readFileSync(log).length, -6);
  });

  test('without a newline costs one capped line (F27)', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const tail = startTail(dir.path);
    const { done } = startInto(log, 'sh', ['-c', 'head -c 100000000 /dev/zero | tr "\\0" x; echo; echo next']);
    await done;
    await tail.shows('next');
    expect(tail.texts().filter((text) => text.startsWith('x')).length).toBeLessThanOrEqual(1);
    expect(tail.texts().every((text) => text.length < 17_000)).toBe(true);
    expect(tail.texts().filter((text) => text.endsWith(CUT_MARK)).length).toBeLessThanOrEqual(1);
    expect(tail.texts().at(-1)).toBe('next');
  });

  test('of binary data stays clean', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const tail = startTail(dir.path);
    const { done } = startInto(log, 'sh', ['-c', 'head -c 300000 /dev/urandom; printf "\\n\\033]0;title\\007end\\n"']);
    await done;
    await tail.shows('end');
    expect(tail.texts().join('')).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
  });

  test('of ten logs shares one budget: every log gets on', async () => {
    using dir = temporaryDirectory();
    const names = Array.from({ length: 10 }, (_, n) => `server${n}`);
    const last = new Map<string, string>();
    const reader = new FileLogReader(dir.path);
    const tails = names.map((name) =>
      reader.tail(name, { lines: 10 }, (batch) => {
        last.set(name, batch.at(-1)?.plain ?? '');
      }),
    );
    onTestFinished(() => {
      for (const tail of tails) tail.close();
    });
    await Promise.all(names.map((name) => startWriter(dir.file(`${name}.log`), { total: 20_000 }).done));
    await waitFor('the last line of each', () => names.every((name) => last.get(name)?.startsWith('line 19999 ')));
  });
});

describe('whoever reads', () => {
  const script = fileURLToPath(new URL('tail-for-ever.ts', import.meta.url));

  test('may be killed at any time: the server does not notice', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const writer = startWriter(log, { total: 30_000, perTick: 100, tickMs: 5 });
    for (let round = 0; round < 3; round++) {
      const reader = spawn(process.execPath, [script, dir.path], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(reader.stdout, 'data');
      reader.kill('SIGKILL');
      await once(reader, 'exit');
    }
    const tail = startTail(dir.path, { lines: 30_000 });
    await writer.done;
    expect(writer.child.exitCode).toBe(0);
    await tail.shows('line 29999 ');
    expect(gapIn(numbersOf(tail.lines), 30_000)).toBeNull();
  });

  test('is not kept running by a tail, when that is wished', async () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'one\n');
    const reader = spawn(process.execPath, [script, dir.path, 'let-go'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(reader, 'exit');
    expect(reader.exitCode).toBe(0);
  });
});
