import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claudePlaces, projectFolder } from '../../src/claude/claude-code.ts';
import { rankByScope } from '../../src/claude/precedence.ts';
import { readServers } from '../../src/claude/servers.ts';

let dir: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(path.join(tmpdir(), 'claude-places-')));
});
afterEach(() => rm(dir, { recursive: true }));

const git = (cwd: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd, stdio: 'pipe' });

test('local entries belong to the repository, of a linked worktree to the main one, without a repository to the folder', async () => {
  const repository = path.join(dir, 'repo');
  await mkdir(path.join(repository, 'a', 'b'), { recursive: true });
  expect(projectFolder(path.join(repository, 'a'))).toBe(path.join(repository, 'a'));
  git(repository, 'init', '-q');
  git(repository, 'commit', '-q', '--allow-empty', '-m', 'first');
  git(repository, 'worktree', 'add', '-q', '../linked');
  expect(projectFolder(path.join(repository, 'a', 'b'))).toBe(repository);
  expect(projectFolder(path.join(dir, 'linked'))).toBe(repository);
});

test('CLAUDE_CONFIG_DIR moves the file of the user', () => {
  const { write } = claudePlaces({ env: { CLAUDE_CONFIG_DIR: '/elsewhere' }, home: '/home/u', cwd: dir });
  expect(write.user.file).toBe('/elsewhere/.claude.json');
  expect(claudePlaces({ env: {}, home: '/home/u', cwd: dir }).write.local.file).toBe('/home/u/.claude.json');
});

test('of the same name the local entry counts, then the nearest project file, then the user', async () => {
  const inner = path.join(dir, 'inner');
  await mkdir(inner);
  const server = { command: 'x' };
  const user = { mcpServers: { a: server, b: server, c: server, d: server } };
  const local = { projects: { [inner]: { mcpServers: { a: server } }, '/other': { mcpServers: { z: server } } } };
  await writeFile(path.join(dir, '.claude.json'), JSON.stringify({ ...user, ...local }));
  await writeFile(path.join(inner, '.mcp.json'), JSON.stringify({ mcpServers: { a: server, b: server } }));
  await writeFile(path.join(dir, '.mcp.json'), JSON.stringify({ mcpServers: { b: server, c: server } }));
  const { read } = claudePlaces({ env: {}, home: dir, cwd: inner });
  const servers = read.flatMap((place) => {
    const found = readServers(place);
    return found.ok ? found.value : [];
  });
  const winners = rankByScope(servers).filter(({ shadowedBy }) => shadowedBy === null);
  expect(winners.map(({ server: { name, place } }) => [name, place.scope, path.dirname(place.file)])).toEqual([
    ['a', 'local', dir],
    ['b', 'project', inner],
    ['c', 'project', dir],
    ['d', 'user', dir],
  ]);
});
