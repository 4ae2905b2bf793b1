import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureDirectory } from '../../src/registry/ensure-directory.ts';
import { problemSentence } from '../../src/registry/problem.ts';
import { needs } from '../helpers/require.ts';
import { root } from '../helpers/root.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-directory-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string) => statSync(path).mode & 0o777;
const refusal = (path: string) => {
  const result = ensureDirectory(path);
  return result.ok ? `made ${result.value}` : problemSentence(result.problem);
};

test('a missing directory is made with its parents, closed to others whatever the umask', () => {
  const before = process.umask(0);
  try {
    expect(ensureDirectory(join(folder, 'a/b/'))).toEqual({ ok: true, value: join(folder, 'a/b') });
  } finally {
    process.umask(before);
  }
  expect([modeOf(join(folder, 'a')), modeOf(join(folder, 'a/b'))]).toEqual([0o700, 0o700]);
});

test('a directory that is open to others is closed (F48); one that is closed further stays so', () => {
  chmodSync(folder, 0o777);
  expect(ensureDirectory(folder).ok).toBe(true);
  expect(modeOf(folder)).toBe(0o700);
});

test('what is inside stays', () => {
  writeFileSync(join(folder, 'kept'), 'x');
  ensureDirectory(folder);
  expect(statSync(join(folder, 'kept')).size).toBe(1);
});

describe('refused, and left as it is (R25)', () => {
  test('a symbolic link, even with a slash behind it', () => {
    mkdirSync(join(folder, 'target'), { mode: 0o755 });
    symlinkSync('target', join(folder, 'link'));
    expect(refusal(join(folder, 'link'))).toContain('is a symbolic link');
    expect(refusal(`${join(folder, 'link')}/`)).toContain('is a symbolic link');
    expect(modeOf(join(folder, 'target'))).toBe(0o755);
  });

  test('a link that leads nowhere; nothing is made where it points', () => {
    symlinkSync('nowhere', join(folder, 'link'));
    expect(refusal(join(folder, 'link'))).toContain('is a symbolic link');
    expect(lstatSync(join(folder, 'nowhere'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('a file, and a FIFO, at once', () => {
    writeFileSync(join(folder, 'file'), '');
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    expect(refusal(join(folder, 'file'))).toContain('is not a directory');
    expect(refusal(join(folder, 'fifo'))).toContain('is not a directory');
    expect(refusal(join(folder, 'file/below'))).toContain('cannot be created: not a directory');
  });

  test('a place where nothing can be made', () => {
    expect(refusal('/proc/mcp')).toContain('cannot be created');
  });

  test.skipIf(needs('root') !== null)('another user’s directory', () => {
    chownSync(folder, 12_345, 12_345);
    expect(refusal(folder)).toContain('belongs to another user (uid 12345; this program runs as uid 0)');
  });

  test.skipIf(needs('root') !== null)('a directory that its user may not write to', () => {
    const script = `import { ensureDirectory } from '${root}/src/registry/ensure-directory.ts';
      console.log(JSON.stringify([${JSON.stringify(folder)}, ${JSON.stringify(join(folder, 'new'))}].map((path) => ensureDirectory(path))));`;
    chownSync(folder, 65_534, 65_534);
    chmodSync(folder, 0o500);
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      uid: 65_534,
      gid: 65_534,
      encoding: 'utf8',
      cwd: '/',
    });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject([
      { ok: false, problem: { what: `the directory ${folder} cannot be written to`, why: 'permission denied' } },
      { ok: false, problem: { why: 'permission denied' } },
    ]);
  });
});
