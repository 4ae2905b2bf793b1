import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { describe, expect, test } from 'vitest';
import { appendMark, logPath, lostLog, openLog, openLogForReading } from '../../../src/supervisor/logs/log-file.ts';
import { needs } from '../../helpers/require.ts';
import { temporaryDirectory } from './temporary-directory.ts';
import { startInto, startWriter } from './writing.ts';

const MARK = /^--- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*) ---$/;

test('a new log belongs to its owner alone', () => {
  using dir = temporaryDirectory();
  const path = logPath(dir.path, 'mem0');
  const opened = openLog(path);
  expect(opened.ok).toBe(true);
  if (opened.ok) closeSync(opened.value.fd);
  expect(path).toBe(dir.file('mem0.log'));
  expect(lstatSync(path).mode & 0o777).toBe(0o600);
});

test('a log that others could read is closed to them', () => {
  using dir = temporaryDirectory();
  writeFileSync(dir.file('a.log'), 'kept\n');
  chmodSync(dir.file('a.log'), 0o666);
  const opened = openLog(dir.file('a.log'));
  if (opened.ok) closeSync(opened.value.fd);
  expect(lstatSync(dir.file('a.log')).mode & 0o777).toBe(0o600);
  expect(readFileSync(dir.file('a.log'), 'utf8')).toBe('kept\n');
});

describe('what is not a log of ours is refused at once and left alone (F48)', () => {
  test('a FIFO, with and without a reader', () => {
    using dir = temporaryDirectory();
    execFileSync('mkfifo', [dir.file('a.log')]);
    expect(openLog(dir.file('a.log'))).toMatchObject({ ok: false, problem: { why: 'it is not a regular file' } });
    const reader = startInto(dir.file('reader.log'), 'cat', [dir.file('a.log')]);
    expect(openLogForReading(dir.file('a.log'))).toMatchObject({ ok: false });
    expect(appendMark(dir.file('a.log'), 'text')).toMatchObject({ ok: false });
    reader.child.kill();
    return reader.done;
  });

  test('a symbolic link', () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('target'), 'untouched');
    symlinkSync(dir.file('target'), dir.file('a.log'));
    expect(openLog(dir.file('a.log'))).toMatchObject({ ok: false, problem: { why: 'it is a symbolic link' } });
    expect(appendMark(dir.file('a.log'), 'text').ok).toBe(false);
    expect(readFileSync(dir.file('target'), 'utf8')).toBe('untouched');
  });

  test('a link into nowhere', () => {
    using dir = temporaryDirectory();
    symlinkSync(dir.file('target'), dir.file('a.log'));
    expect(openLog(dir.file('a.log')).ok).toBe(false);
    expect(existsSync(dir.file('target'))).toBe(false);
  });

  test('a directory', () => {
    using dir = temporaryDirectory();
    mkdirSync(dir.file('a.log'));
    expect(openLog(dir.file('a.log'))).toMatchObject({ ok: false, problem: { why: 'it is a directory' } });
  });

  test.skipIf(needs('root') !== null)('a file of another user', () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), '', { mode: 0o600 });
    chownSync(dir.file('a.log'), 12345, 12345);
    expect(openLog(dir.file('a.log'))).toMatchObject({ ok: false, problem: { holder: 'uid 12345' } });
  });

  test('a missing directory, with the way out', () => {
    using dir = temporaryDirectory();
    expect(openLog(dir.file('nowhere/a.log'))).toMatchObject({
      ok: false,
      problem: { what: expect.stringContaining('nowhere/a.log'), next: expect.stringContaining('directory') },
    });
  });
});

describe('marks', () => {
  test('never mix with the lines of a server that writes at the same time', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const writer = startWriter(log, { total: 20_000 });
    let marks = 0;
    let running = true;
    void writer.done.then(() => {
      running = false;
    });
    while (running) {
      appendMark(log, `mark ${marks++}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const lines = readFileSync(log, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    expect(lines.filter((line) => /^line \d+ x{80}$/.test(line))).toHaveLength(20_000);
    expect(lines.flatMap((line) => MARK.exec(line)?.[1] ?? [])).toEqual(
      Array.from({ length: marks }, (_, n) => `mark ${n}`),
    );
    expect(lines).toHaveLength(20_000 + marks);
  });

  test('start on a line of their own, and are one line', () => {
    using dir = temporaryDirectory();
    writeFileSync(dir.file('a.log'), 'half a line');
    appendMark(dir.file('a.log'), 'ended:\nexit 1', new Date(2025, 10, 2, 3, 4, 5));
    appendMark(dir.file('a.log'), 'again', new Date(2025, 10, 2, 3, 4, 6));
    expect(readFileSync(dir.file('a.log'), 'utf8')).toBe(
      'half a line\n--- 2025-11-02 03:04:05 ended: exit 1 ---\n--- 2025-11-02 03:04:06 again ---\n',
    );
  });
});

describe.skipIf(needs('linux') !== null)('a log that was taken from under its server (F49)', () => {
  test('is noticed, with a way to read on', async () => {
    using dir = temporaryDirectory();
    const log = dir.file('a.log');
    const writer = startWriter(log, { total: 1_000_000, perTick: 1, tickMs: 50 });
    const pid = writer.child.pid ?? 0;
    expect(lostLog(log, pid)).toBeNull();
    rmSync(log);
    expect(lostLog(log, pid)).toMatchObject({
      what: 'log inode lost',
      next: expect.stringContaining(`/proc/${pid}/fd/1`),
    });
    writeFileSync(log, '');
    expect(lostLog(log, pid)).toMatchObject({ why: expect.stringContaining('replaced') });
    writer.child.kill();
    await writer.done;
    expect(lostLog(log, pid)).toBeNull();
  });
});
