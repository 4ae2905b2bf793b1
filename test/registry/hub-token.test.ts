import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureHubToken, ensureTokenFile, hubTokenPath, readHubToken } from '../../src/registry/hub-token.ts';
import { needs } from '../helpers/require.ts';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';

let dir: string;
let runtimeDir: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'hub-token-'));
  runtimeDir = path.join(dir, 'runtime');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function place(content: string, mode = 0o600): Promise<string> {
  await mkdir(runtimeDir, { mode: 0o700 });
  const file = hubTokenPath(runtimeDir);
  await writeFile(file, content, { mode });
  await chmod(file, mode);
  return file;
}

test('is made once: 256 bits that only the owner can read, in a directory of the same kind', async () => {
  expect(readHubToken(runtimeDir)).toBeNull();
  const token = ensureHubToken(runtimeDir);
  expect(token).toMatch(/^[0-9a-f]{64}$/);
  expect((await stat(hubTokenPath(runtimeDir))).mode & 0o777).toBe(0o600);
  expect((await stat(runtimeDir)).mode & 0o777).toBe(0o700);
  expect(ensureHubToken(runtimeDir)).toBe(token);
  expect(readHubToken(runtimeDir)).toBe(token);
});

test('leaves nothing else in the directory', async () => {
  ensureHubToken(runtimeDir);
  expect(await readdir(runtimeDir)).toEqual(['hub-token']);
});

test('is the same for processes that race for it', async () => {
  const script = `import { ensureHubToken } from ${JSON.stringify(path.join(root, 'src/registry/hub-token.ts'))};
    process.stdout.write(ensureHubToken(${JSON.stringify(runtimeDir)}));`;
  const runs = Array.from({ length: 6 }, () => startProgram(process.execPath, ['--input-type=module', '-e', script]));
  const ended = await Promise.all(runs.map((run) => run.ended));
  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
  expect(new Set(ended.map(({ stdout }) => stdout))).toEqual(new Set([readHubToken(runtimeDir)]));
  expect(await readdir(runtimeDir)).toEqual(['hub-token']);
});

test('a place where none can be made is said in one sentence', async () => {
  await writeFile(runtimeDir, 'a file');
  expect(() => ensureTokenFile(hubTokenPath(runtimeDir))).toThrow(
    /hub-token cannot be read: not a directory .*MCP_RUNTIME_DIR/,
  );
  expect(() => ensureHubToken(runtimeDir)).toThrow('is not a directory');
  expect(await readFile(runtimeDir, 'utf8')).toBe('a file');
});

test('may be a token that the user wrote', async () => {
  await place(`  ${'s3cret-'.repeat(6)}\n`);
  expect(ensureHubToken(runtimeDir)).toBe('s3cret-'.repeat(6));
});

describe('is refused, never replaced', () => {
  const good = 'a'.repeat(64);

  test.each([
    ['others may read it', good, 0o640],
    ['others may read it', good, 0o604],
    ['visible ASCII', '', 0o600],
    ['visible ASCII', 'too-short', 0o600],
    ['visible ASCII', `${'a'.repeat(40)} ${'b'.repeat(40)}`, 0o600],
    ['visible ASCII', 'ä'.repeat(64), 0o600],
  ])('%s', async (reason, content, mode) => {
    const file = await place(content, mode);
    expect(() => readHubToken(runtimeDir)).toThrow(reason);
    expect(() => ensureHubToken(runtimeDir)).toThrow(reason);
    expect(await readFile(file, 'utf8')).toBe(content);
  });

  test('a symbolic link, even to a good token', async () => {
    await mkdir(runtimeDir, { mode: 0o700 });
    await writeFile(path.join(dir, 'elsewhere'), good, { mode: 0o600 });
    await symlink(path.join(dir, 'elsewhere'), hubTokenPath(runtimeDir));
    expect(() => ensureHubToken(runtimeDir)).toThrow('symbolic link');
  });

  test('a dangling link: nothing is made where it leads', async () => {
    await mkdir(runtimeDir, { mode: 0o700 });
    await symlink(path.join(dir, 'elsewhere'), hubTokenPath(runtimeDir));
    expect(() => ensureHubToken(runtimeDir)).toThrow('symbolic link');
    expect(await readdir(dir)).toEqual(['runtime']);
  });

  test('a directory in its place', async () => {
    await mkdir(hubTokenPath(runtimeDir), { recursive: true });
    expect(() => ensureTokenFile(hubTokenPath(runtimeDir))).toThrow('regular file');
  });

  test.skipIf(needs('root'))('a file of another user', async () => {
    await chown(await place(good), 12_345, 12_345);
    expect(() => ensureHubToken(runtimeDir)).toThrow('user with id 12345');
  });
});

test('the message never holds the token', async () => {
  const secret = 'do-not-show-me-'.repeat(4);
  await place(secret, 0o644);
  expect(() => readHubToken(runtimeDir)).toThrow(/^(?!.*do-not-show).*chmod 600/s);
});
