import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addEntry, removeEntry } from '../../src/registry/edit-registry.ts';
import { type Paths, resolvePaths } from '../../src/registry/paths.ts';
import { problemSentence, type Result } from '../../src/registry/problem.ts';
import { readRegistryFile } from '../../src/registry/read-registry.ts';
import { updateRegistry } from '../../src/registry/update-registry.ts';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';

const PROGRAM = join(root, 'test/fixtures/registry/change-registry.ts');
let paths: Paths;

beforeEach(() => {
  const resolved = resolvePaths({ HOME: mkdtempSync(join(tmpdir(), 'mcp-update-')) });
  if (!resolved.ok) throw new Error(resolved.problem.what);
  paths = resolved.value;
});
afterEach(() => rmSync(paths.home, { recursive: true, force: true }));

const add = (name: string) => updateRegistry(paths, (text) => addEntry(text, name, { command: 'x' }));
const said = (result: Result<unknown>) => (result.ok ? 'done' : problemSentence(result.problem));
const text = () => readFileSync(paths.registryFile, 'utf8');
const names = () => readRegistryFile(paths.registryFile).entries.map(({ name }) => name);
const leftovers = () => readdirSync(paths.home).filter((name) => name.endsWith('.tmp'));

test('the first server makes the file; the result is what is on disk', () => {
  const updated = add('a');
  expect(updated).toMatchObject({ ok: true, value: { status: 'good', entries: [{ name: 'a' }] } });
  expect(JSON.parse(text())).toEqual({ a: { command: 'x' } });
  expect(statSync(paths.registryFile).mode & 0o777).toBe(0o600);
});

test('an edit that says no changes nothing, its words are passed on', () => {
  add('a');
  const before = statSync(paths.registryFile, { bigint: true });
  expect(said(add('A'))).toContain('there is a server a already');
  expect(said(updateRegistry(paths, (old) => removeEntry(old, 'b')))).toContain('there is no server "b"');
  expect(statSync(paths.registryFile, { bigint: true }).mtimeNs).toBe(before.mtimeNs);
});

test.each([
  ['half written', '{"a": {"command"'],
  ['empty', ''],
  ['a list', '[]'],
])('a broken file is never overwritten: %s', (_case, broken) => {
  writeFileSync(paths.registryFile, broken);
  expect(said(add('b'))).toContain('not touched, as it is broken');
  expect(text()).toBe(broken);
});

test('an edit that would break the file is not written', () => {
  add('a');
  const before = text();
  expect(said(updateRegistry(paths, () => ({ ok: true, value: '{' })))).toContain('the edit would break the file');
  expect(text()).toBe(before);
});

test('somebody writes the file while we edit: the edit starts over on the new text', () => {
  add('a');
  let attempts = 0;
  const updated = updateRegistry(paths, (old) => {
    if (++attempts === 1) writeFileSync(paths.registryFile, '{ "theirs": {"command": "y"} }');
    return addEntry(old, 'ours', { command: 'x' });
  });
  expect([said(updated), attempts, names()]).toEqual(['done', 2, ['theirs', 'ours']]);
});

test('somebody writes it again and again: we give up and leave it alone', () => {
  add('a');
  let writes = 0;
  const updated = updateRegistry(paths, (old) => {
    writeFileSync(paths.registryFile, `{ "w${++writes}": {"command": "y"} }`);
    return addEntry(old, 'ours', { command: 'x' });
  });
  expect(said(updated)).toContain('changes all the time');
  expect(names()).toEqual([`w${writes}`]);
});

describe('several processes at once', () => {
  test('eight that add five servers each: all forty are there', async () => {
    const jobs = Array.from({ length: 8 }, (_, job) => Array.from({ length: 5 }, (_, index) => `s${job}-${index}`));
    const env = { ...process.env, HOME: paths.home, MCP_RUNTIME_DIR: '', MCP_DATA_DIR: '' };
    const ended = await Promise.all(
      jobs.map((job) => startProgram(process.execPath, [PROGRAM, 'add', ...job], { env }).ended),
    );
    expect(ended.map(({ code, stdout, stderr }) => ({ code, stdout, stderr }))).toEqual(
      jobs.map((job) => ({ code: 0, stdout: `${job.join('\n')}\n`, stderr: '' })),
    );
    expect(names().sort()).toEqual(jobs.flat().sort());
    expect(leftovers()).toEqual([]);
  });

  test('killed at any moment, the file is whole, and the next edit works', async () => {
    const env = { ...process.env, HOME: paths.home, MCP_RUNTIME_DIR: '', MCP_DATA_DIR: '' };
    add('kept');
    for (let round = 0; round < 5; round++) {
      const many = Array.from({ length: 200 }, (_, index) => `r${round}-${index}`);
      const running = startProgram(process.execPath, [PROGRAM, 'add', ...many], { env });
      await running.printed(new RegExp(`r${round}-${round * 3}\n`));
      running.child.kill('SIGKILL');
      const { stdout } = await running.ended;
      const acknowledged = stdout.trim().split('\n').slice(0, -1);
      const state = readRegistryFile(paths.registryFile);
      expect(state.status).toBe('good');
      expect(names()).toEqual(expect.arrayContaining(['kept', ...acknowledged]));
    }
    expect(said(add('after'))).toBe('done');
  });
});

describe('a full disk', () => {
  const mountable =
    spawnSync('unshare', ['-m', 'sh', '-c', `mount -t tmpfs -o size=64k none ${tmpdir()}`]).status === 0;
  if (!mountable) process.stderr.write('skipped: a full disk, as no file system can be mounted here\n');

  test.skipIf(!mountable)('leaves the registry as it was, says so, and works again once there is room (F46)', () => {
    mkdirSync(join(paths.home, 'disk'));
    // A file system of 64 kB in a name space of its own; what it holds is shown before it goes away again.
    const script = `
      mount -t tmpfs -o size=64k none "$1" && export HOME="$1" MCP_RUNTIME_DIR= MCP_DATA_DIR=
      node="$2" program="$3"
      "$node" "$program" add first || exit 9
      cp "$HOME/.mcp-servers.json" "$HOME/../before"
      head -c 100000 /dev/zero > "$HOME/filler" 2>/dev/null
      "$node" "$program" add second third; echo "exit $?"
      cmp "$HOME/.mcp-servers.json" "$HOME/../before" && echo same
      ls -A "$HOME"
      rm "$HOME/filler"
      "$node" "$program" add second; echo "exit $?"`;
    const output = execFileSync(
      'unshare',
      ['-m', 'sh', '-c', script, 'sh', join(paths.home, 'disk'), process.execPath, PROGRAM],
      {
        encoding: 'utf8',
      },
    );
    expect(output.split('\n').filter((line) => !line.includes('cannot'))).toEqual([
      'first',
      'exit 1',
      'same',
      '.mcp-runtime',
      '.mcp-servers.json',
      'filler',
      'second',
      'exit 0',
      '',
    ]);
    expect(output).toContain('.mcp-servers.json cannot be written: no space left on device → free some space');
  });
});

test('the lock is a file of our own, closed to others, and free again afterwards', () => {
  add('a');
  const lock = join(paths.runtimeDir, 'registry.lock');
  expect(existsSync(lock)).toBe(true);
  expect(statSync(lock).mode & 0o777).toBe(0o600);
  expect(said(add('b'))).toBe('done');
});
