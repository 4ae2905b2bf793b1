import { writeFileSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeClaudeFile } from '../../src/claude/change-file.ts';
import { setServer } from '../../src/claude/edit-servers.ts';

let dir: string;
let file: string;
let backups: string;
beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'claude-file-'));
  file = path.join(dir, '.claude.json');
  backups = path.join(dir, 'data', 'backups');
});
afterEach(() => rm(dir, { recursive: true }));

const add = (name: string) => (text: string) => ({
  ok: true as const,
  value: setServer(text, ['mcpServers'], name, { command: 'x' }),
});

test('a new file is private; an old one keeps its mode, and what it held is backed up privately', async () => {
  expect(changeClaudeFile(file, add('a'), backups)).toEqual({ ok: true, value: true });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const before = await readFile(file, 'utf8');
  await chmod(file, 0o640);
  changeClaudeFile(file, add('b'), backups);
  expect((await stat(file)).mode & 0o777).toBe(0o640);
  const [backup = ''] = await readdir(backups);
  expect(await readFile(path.join(backups, backup), 'utf8')).toBe(before);
  expect((await stat(path.join(backups, backup))).mode & 0o777).toBe(0o600);
  expect((await stat(backups)).mode & 0o777).toBe(0o700);
});

test('nothing to change: nothing is written and nothing backed up', async () => {
  changeClaudeFile(file, add('a'), backups);
  const before = await stat(file);
  expect(changeClaudeFile(file, add('a'), backups)).toEqual({ ok: true, value: false });
  expect((await stat(file)).mtimeMs).toBe(before.mtimeMs);
  await expect(readdir(backups)).rejects.toThrow('ENOENT');
});

test('what Claude Code writes in the same moment is kept: the edit starts over on it', async () => {
  await writeFile(file, '{ "numStartups": 1 }');
  let tries = 0;
  const edit = (text: string) => {
    tries++;
    // Between reading and writing, twice.
    if (tries < 3) writeFileSync(file, JSON.stringify({ numStartups: tries + 1 }));
    return add('a')(text);
  };
  expect(changeClaudeFile(file, edit, backups).ok).toBe(true);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ numStartups: 3, mcpServers: { a: { command: 'x' } } });
});

test('a file that changes for ever is given up, as its last writer left it', async () => {
  await writeFile(file, '{ "n": 0 }');
  let writes = 0;
  const edit = (text: string) => {
    writeFileSync(file, JSON.stringify({ n: ++writes }));
    return add('a')(text);
  };
  const outcome = changeClaudeFile(file, edit, backups);
  expect(outcome).toMatchObject({ ok: false, problem: { what: `${file} changes all the time` } });
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ n: writes });
});

test.each([
  ['{ "a": ', ':1:8'],
  ['[1]', ':1:1'],
  ['{ "a": 1 } x', ':1:12'],
])('a file that is no JSON object is left alone, and the place is told: %s', async (text, place) => {
  await writeFile(file, text);
  const outcome = changeClaudeFile(file, add('a'), backups);
  expect(outcome).toMatchObject({ ok: false, problem: { what: expect.stringContaining(`${file}${place}`) } });
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('a link stays a link', async () => {
  const real = path.join(dir, 'real.json');
  await writeFile(real, '{}');
  await symlink(real, file);
  changeClaudeFile(file, add('a'), backups);
  expect(JSON.parse(await readFile(real, 'utf8'))).toEqual({ mcpServers: { a: { command: 'x' } } });
  expect((await readdir(dir)).toSorted()).toEqual(['.claude.json', 'data', 'real.json']);
});

test('the newest ten backups stay', async () => {
  for (let round = 0; round < 13; round++) changeClaudeFile(file, add(`s${round}`), backups);
  const names = (await readdir(backups)).toSorted();
  expect(names.length).toBeLessThanOrEqual(10);
  const newest = JSON.parse(await readFile(path.join(backups, names.at(-1) ?? ''), 'utf8'));
  expect(Object.keys(newest.mcpServers)).toHaveLength(12);
});
