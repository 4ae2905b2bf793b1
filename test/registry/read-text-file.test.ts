import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemSentence } from '../../src/registry/problem.ts';
import { readTextFile, sameStamp, stampOf } from '../../src/registry/read-text-file.ts';

const KILOBYTE = 1024;
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-read-'));
  file = join(folder, 'file');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function refusal(path: string): string {
  const read = readTextFile(path, KILOBYTE);
  return read.kind === 'problem' ? problemSentence(read.problem) : read.kind;
}

describe('whatever stands at the path, the answer comes at once (F13)', () => {
  test('text up to the limit is read, one byte more is refused', () => {
    writeFileSync(file, 'é'.repeat(KILOBYTE / 2));
    expect(readTextFile(file, KILOBYTE)).toMatchObject({ kind: 'text', text: 'é'.repeat(KILOBYTE / 2) });
    appendFileSync(file, '.');
    expect(refusal(file)).toContain('is too large: more than 1 kB');
  });

  test('an empty file is empty text', () => {
    writeFileSync(file, '');
    expect(readTextFile(file, KILOBYTE)).toMatchObject({ kind: 'text', text: '' });
  });

  test('a byte-order mark is kept, for whoever writes the file back', () => {
    writeFileSync(file, '\uFEFF{}');
    expect(readTextFile(file, KILOBYTE)).toMatchObject({ text: '\uFEFF{}' });
  });

  test('nothing there', () => {
    expect(readTextFile(file, KILOBYTE)).toEqual({ kind: 'missing' });
    expect(readTextFile(join(folder, 'no', 'such'), KILOBYTE)).toEqual({ kind: 'missing' });
  });

  test('100 MB', () => {
    writeFileSync(file, '');
    truncateSync(file, 100 * KILOBYTE * KILOBYTE);
    expect(refusal(file)).toContain('is too large');
  });

  test('a directory', () => {
    mkdirSync(file);
    expect(refusal(file)).toBe(`${file} is a directory → move ${file} away`);
  });

  test('a FIFO that nobody writes to', () => {
    execFileSync('mkfifo', [file]);
    expect(refusal(file)).toContain('is not a regular file');
  });

  test('a device that never ends', () => {
    expect(refusal('/dev/zero')).toContain('is not a regular file');
  });

  test('a socket', async () => {
    const server = createServer().listen(file);
    await new Promise((resolve) => server.once('listening', resolve));
    expect(refusal(file)).toContain('cannot be read');
    await new Promise((resolve) => server.close(resolve));
  });

  test('a link is followed; one that leads nowhere counts as missing, one that leads to itself does not', () => {
    writeFileSync(join(folder, 'target'), 'text');
    symlinkSync('target', file);
    expect(readTextFile(file, KILOBYTE)).toMatchObject({ text: 'text' });
    symlinkSync('nowhere', join(folder, 'dangling'));
    expect(readTextFile(join(folder, 'dangling'), KILOBYTE)).toEqual({ kind: 'missing' });
    symlinkSync('loop', join(folder, 'loop'));
    expect(refusal(join(folder, 'loop'))).toContain('cannot be read');
  });

  test('bytes that are no UTF-8', () => {
    writeFileSync(file, Buffer.from('\uFEFF{}', 'utf16le'));
    expect(refusal(file)).toBe(`${file} is not UTF-8 text → save ${file} as UTF-8`);
  });

  test.skipIf(process.getuid?.() === 0)('a file that we may not read', () => {
    writeFileSync(file, 'x');
    chmodSync(file, 0o000);
    expect(refusal(file)).toContain('permission denied → chmod u+r');
  });
});

test('a stamp changes when the file is written to or replaced, and not otherwise', () => {
  writeFileSync(file, 'one');
  const before = stampOf(file);
  expect(sameStamp(before, stampOf(file))).toBe(true);
  appendFileSync(file, ' two');
  expect(sameStamp(before, stampOf(file))).toBe(false);
  expect(sameStamp(stampOf(join(folder, 'none')), null)).toBe(true);
});
