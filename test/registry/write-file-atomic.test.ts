import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stampOf } from '../../src/registry/read-text-file.ts';
import { writeFileAtomic } from '../../src/registry/write-file-atomic.ts';
import { needs } from '../helpers/require.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-write-'));
  file = join(folder, 'file.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = () => readFileSync(file, 'utf8');

test('a new file is readable by its owner only, and nothing else is left beside it', () => {
  const before = process.umask(0);
  try {
    expect(writeFileAtomic(file, 'new', null)).toEqual({ kind: 'written' });
  } finally {
    process.umask(before);
  }
  expect({ text: read(), mode: statSync(file).mode & 0o777 }).toEqual({ text: 'new', mode: 0o600 });
  expect(readdirSync(folder)).toEqual(['file.json']);
});

test('a replaced file keeps its permissions', () => {
  writeFileSync(file, 'old');
  chmodSync(file, 0o640);
  expect(writeFileAtomic(file, 'new', stampOf(file))).toEqual({ kind: 'written' });
  expect({ text: read(), mode: statSync(file).mode & 0o777 }).toEqual({ text: 'new', mode: 0o640 });
});

test.skipIf(needs('root') !== null)('a file that root replaces stays its owner’s', () => {
  writeFileSync(file, 'old');
  chownSync(file, 12_345, 54_321);
  writeFileAtomic(file, 'new', stampOf(file));
  expect({ text: read(), uid: statSync(file).uid, gid: statSync(file).gid }).toEqual({
    text: 'new',
    uid: 12_345,
    gid: 54_321,
  });
});

test('a link stays a link, and what it leads to is replaced', () => {
  mkdirSync(join(folder, 'dotfiles'));
  writeFileSync(join(folder, 'dotfiles/servers.json'), 'old');
  symlinkSync('dotfiles/servers.json', file);
  expect(writeFileAtomic(file, 'new', stampOf(file))).toEqual({ kind: 'written' });
  expect(readlinkSync(file)).toBe('dotfiles/servers.json');
  expect(readFileSync(join(folder, 'dotfiles/servers.json'), 'utf8')).toBe('new');
  expect(readdirSync(join(folder, 'dotfiles'))).toEqual(['servers.json']);
});

describe('nothing is written when the file is not what was read', () => {
  test('changed since', () => {
    writeFileSync(file, 'old');
    const stamp = stampOf(file);
    writeFileSync(file, 'somebody else’s');
    expect(writeFileAtomic(file, 'new', stamp)).toEqual({ kind: 'changed' });
    expect(read()).toBe('somebody else’s');
  });

  test('removed since', () => {
    writeFileSync(file, 'old');
    const stamp = stampOf(file);
    rmSync(file);
    expect(writeFileAtomic(file, 'new', stamp)).toEqual({ kind: 'changed' });
    expect(existsSync(file)).toBe(false);
  });

  test('there although there should be none, be it a link that leads nowhere', () => {
    writeFileSync(file, 'first');
    expect(writeFileAtomic(file, 'second', null)).toEqual({ kind: 'changed' });
    expect(read()).toBe('first');
    symlinkSync('nowhere', join(folder, 'link'));
    expect(writeFileAtomic(join(folder, 'link'), 'x', null)).toEqual({ kind: 'changed' });
    expect(readdirSync(folder).sort()).toEqual(['file.json', 'link']);
  });
});

test('what cannot be written is a problem, and nothing is left behind', () => {
  const outcome = writeFileAtomic(join(folder, 'no/such/file'), 'x', null);
  expect(outcome).toMatchObject({ kind: 'problem', problem: { why: 'no such file or directory' } });
  mkdirSync(join(folder, 'directory'));
  expect(writeFileAtomic(join(folder, 'directory'), 'x', stampOf(join(folder, 'directory')))).toMatchObject({
    kind: 'problem',
  });
  expect(readdirSync(folder)).toEqual(['directory']);
});

test('temporary files of writers that were killed are removed, those of living or young ones are not', () => {
  const leftover = (pid: number, seconds: number) => {
    const name = `${file}.${pid}.0123456789ab.tmp`;
    writeFileSync(name, 'half');
    const then = new Date(Date.now() - seconds * 1000);
    utimesSync(name, then, then);
    return name;
  };
  // Beyond the largest pid that Linux gives out: nobody's.
  const dead = leftover(4_194_305, 3_600);
  const young = leftover(4_194_306, 1);
  const living = leftover(1, 3_600);
  const foreign = join(folder, 'other.json.4194305.0123456789ab.tmp');
  writeFileSync(foreign, '');
  writeFileAtomic(file, 'new', null);
  expect(
    [dead, young, living, foreign].map((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined),
  ).toEqual([false, true, true, true]);
});
