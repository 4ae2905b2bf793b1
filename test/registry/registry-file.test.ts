import { mkdtempSync, renameSync, rmSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemSentence } from '../../src/registry/problem.ts';
import type { RegistryState } from '../../src/registry/read-registry.ts';
import { RegistryFile } from '../../src/registry/registry-file.ts';

let folder: string;
let path: string;
const opened: RegistryFile[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mcp-live-'));
  path = join(folder, '.mcp-servers.json');
});
afterEach(() => {
  for (const file of opened.splice(0)) file.stop();
  rmSync(folder, { recursive: true, force: true });
});

function open(): RegistryFile {
  const file = new RegistryFile(path, 5);
  opened.push(file);
  return file;
}

/** Starts polling; each call of the result resolves with the next state that is reported. */
function follow(file: RegistryFile): () => Promise<RegistryState> {
  const states: RegistryState[] = [];
  let wake = () => {};
  file.start((state) => {
    states.push(state);
    wake();
  });
  return async () => {
    for (;;) {
      const state = states.shift();
      if (state !== undefined) return state;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}

const names = ({ entries }: RegistryState) => entries.map(({ name }) => name);
const sentence = ({ problems }: RegistryState) => problems.map(problemSentence).join('\n');
const write = (...servers: string[]) =>
  writeFileSync(path, JSON.stringify(Object.fromEntries(servers.map((name) => [name, { command: 'x' }])), null, 2));

describe('a registry that is edited while we look', () => {
  test('a new server, a changed one and a removed one are seen without being asked', async () => {
    write('a');
    const file = open();
    expect(names(file.current)).toEqual(['a']);
    const next = follow(file);
    write('a', 'b');
    expect(names(await next())).toEqual(['a', 'b']);
    writeFileSync(path, '{"a": {"command": "y"}}');
    const changed = await next();
    expect(changed.entries.map(({ entry }) => entry?.command)).toEqual(['y']);
    expect(file.current).toBe(changed);
  });

  test('an editor that replaces the file is seen as well', async () => {
    write('a');
    const next = follow(open());
    writeFileSync(`${path}~`, '{"b": {"command": "x"}}');
    renameSync(`${path}~`, path);
    expect(names(await next())).toEqual(['b']);
  });

  test('half written: the last good entries stay, with the place of the fault; mended: they count again (F13)', async () => {
    write('a', 'b');
    const next = follow(open());
    writeFileSync(path, '{\n  "a": {');
    const broken = await next();
    expect({ status: broken.status, names: names(broken) }).toEqual({ status: 'broken', names: ['a', 'b'] });
    expect(sentence(broken)).toContain(`${path}:2:9 is not valid JSON; the last good entries still count`);
    writeFileSync(path, '');
    expect(sentence(await next())).toContain('is empty');
    write('c');
    expect(await next()).toMatchObject({ status: 'good', problems: [] });
  });

  test('deleted: the last entries stay until it is back', async () => {
    write('a');
    const next = follow(open());
    unlinkSync(path);
    const gone = await next();
    expect({ status: gone.status, names: names(gone) }).toEqual({ status: 'missing', names: ['a'] });
    expect(sentence(gone)).toContain('is gone');
    write('b');
    expect(names(await next())).toEqual(['b']);
  });

  test('a file of the same size written within one tick of the clock is not overlooked', async () => {
    const tick = new Date(Math.floor(Date.now() / 1_000) * 1_000);
    const writeAtTick = (command: string) => {
      writeFileSync(path, `{"a": {"command": "${command}"}}`);
      utimesSync(path, tick, tick);
    };
    writeAtTick('1');
    const next = follow(open());
    writeAtTick('2');
    expect((await next()).entries[0]?.entry?.command).toBe('2');
  });

  test('a file that is touched without being changed is no news', () => {
    write('a');
    const file = open();
    let calls = 0;
    file.start(() => calls++);
    utimesSync(path, new Date(), new Date());
    file.reload();
    file.reload();
    expect(calls).toBe(0);
  });

  test('reload reads now and reports like the poll', () => {
    write('a');
    const file = new RegistryFile(path, 3_600_000);
    opened.push(file);
    const seen: string[][] = [];
    file.start((state) => seen.push(names(state)));
    write('b');
    expect(names(file.reload())).toEqual(['b']);
    expect(seen).toEqual([['b']]);
  });
});

test('without a file there are no entries and one way out; it is noticed when it appears', async () => {
  const file = open();
  expect(file.current).toMatchObject({ status: 'missing', entries: [] });
  expect(sentence(file.current)).toContain('mcp list');
  const next = follow(file);
  write('a');
  expect(names(await next())).toEqual(['a']);
});

test('broken from the start: no entries, one problem, and it recovers', async () => {
  writeFileSync(path, '{');
  const file = open();
  expect(names(file.current)).toEqual([]);
  expect(sentence(file.current)).not.toContain('last good');
  const next = follow(file);
  write('a');
  expect(await next()).toMatchObject({ status: 'good' });
});
