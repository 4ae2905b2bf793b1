import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryStore } from '../../src/memory/store.ts';
import { root } from '../helpers/root.ts';
import { startProgram } from '../helpers/running.ts';

let dir: string;
let file: string;
let reports: string[];
const opened: MemoryStore[] = [];

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'memory-database-'));
  file = path.join(dir, 'data', 'memory.db');
  reports = [];
});
afterEach(async () => {
  for (const store of opened.splice(0)) store.close();
  await rm(dir, { recursive: true, force: true });
});

function openStore(): MemoryStore {
  const store = new MemoryStore(file, (sentence) => reports.push(sentence));
  opened.push(store);
  return store;
}

async function texts(store: MemoryStore): Promise<string[]> {
  return (await store.all()).map(({ text }) => text);
}

async function setAsideFiles(): Promise<string[]> {
  return (await readdir(path.dirname(file))).filter((name) => /\.corrupt-\d{8}T\d{6}Z(-\d+)?$/.test(name));
}

/** A closed database with as many memories, each bigger than a page. */
async function filled(count: number): Promise<string[]> {
  const store = openStore();
  const saved = Array.from({ length: count }, (_, n) => `memory ${n} ${'x'.repeat(5_000)}`);
  for (const text of saved) await store.save(text, []);
  store.close();
  return saved;
}

async function overwrite(offset: number, length: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(length, 0xa5), 0, length, offset);
  await handle.close();
}

test('only the owner can read it, its journal too', async () => {
  const store = openStore();
  await store.save('private', []);
  expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
  for (const name of ['memory.db', 'memory.db-wal']) {
    expect((await stat(path.join(path.dirname(file), name))).mode & 0o077).toBe(0);
  }
});

test('a file that others could read is closed to them', async () => {
  openStore().close();
  await chmod(file, 0o644);
  openStore();
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('processes that create it at the same time all succeed', async () => {
  const script = `import { MemoryStore } from ${JSON.stringify(path.join(root, 'src/memory/store.ts'))};
    const store = new MemoryStore(${JSON.stringify(file)}, (sentence) => process.stderr.write(sentence));
    for (let n = 0; n < 20; n += 1) await store.save(process.pid + ' ' + n, []);
    store.close();`;
  const runs = Array.from({ length: 6 }, () => startProgram(process.execPath, ['--input-type=module', '-e', script]));
  for (const { code, stderr } of await Promise.all(runs.map((run) => run.ended))) {
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  const expected = runs.flatMap(({ pid }) => Array.from({ length: 20 }, (_, n) => `${pid} ${n}`));
  expect((await texts(openStore())).sort()).toEqual(expected.sort());
});

test('a lock that another process holds for a while delays a save and does not fail it', async () => {
  const store = openStore();
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  const saving = store.save('patient', []);
  // Reads go on meanwhile.
  expect(await texts(store)).toEqual([]);
  other.exec('COMMIT');
  other.close();
  await saving;
  expect(await texts(store)).toEqual(['patient']);
});

test('a link to another disk is followed', async () => {
  await mkdir(path.join(dir, 'big-disk'));
  await symlink(path.join(dir, 'big-disk'), path.join(dir, 'data'));
  await openStore().save('far away', []);
  expect(await readdir(path.join(dir, 'big-disk'))).toContain('memory.db');
});

describe('while it is open', () => {
  test('a file that was replaced is followed, and its journal left alone', async () => {
    const store = openStore();
    await store.save('before', []);
    const backup = new MemoryStore(path.join(dir, 'backup', 'memory.db'), unexpected);
    await backup.save('from the backup', []);
    await rename(file, `${file}.mine`);
    await rename(`${file}-wal`, `${file}.mine-wal`);
    await rename(`${file}-shm`, `${file}.mine-shm`);
    for (const suffix of ['', '-wal']) await rename(path.join(dir, 'backup', `memory.db${suffix}`), file + suffix);
    await store.save('after', []);
    expect(await texts(store)).toEqual(['from the backup', 'after']);
    backup.close();
  });

  test('a file that was deleted is made anew, with its directory', async () => {
    const store = openStore();
    await store.save('before', []);
    await rm(path.dirname(file), { recursive: true });
    await store.save('after', []);
    store.close();
    expect(await texts(openStore())).toEqual(['after']);
  });
});

describe('corrupt', () => {
  test('no database at all: kept under another name, and a fresh one goes on', async () => {
    await mkdir(path.dirname(file));
    await writeFile(file, 'this is no database '.repeat(500));
    const store = openStore();
    await store.save('works', []);
    expect(await texts(store)).toEqual(['works']);
    const [kept, ...others] = await setAsideFiles();
    expect(others).toEqual([]);
    expect(await readFile(path.join(path.dirname(file), kept ?? ''), 'utf8')).toBe('this is no database '.repeat(500));
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain(kept);
    expect(reports[0]).not.toContain('\n');
  });

  test('a damaged page: every other memory lives on in the fresh one', async () => {
    const saved = await filled(40);
    const { size } = await stat(file);
    await overwrite(Math.floor(size / 2 / 4096) * 4096, 4096);
    const store = openStore();
    const survivors = await texts(store);
    await store.search('memory', 100);
    await store.save('and on', []);
    expect(saved).toEqual(expect.arrayContaining(survivors.filter((text) => text.startsWith('memory'))));
    expect((await texts(store)).filter((text) => saved.includes(text)).length).toBeGreaterThan(20);
    expect(await texts(store)).toContain('and on');
  });

  test('the damage shows only while it runs: the call that meets it still succeeds', async () => {
    await filled(40);
    const { size } = await stat(file);
    const store = openStore();
    await store.list({ limit: 1, offset: 0 });
    store.close();
    await overwrite(4096, size - 4096);
    const again = openStore();
    await again.save('still here', []);
    expect(await texts(again)).toContain('still here');
    expect(await setAsideFiles()).toHaveLength(1);
    expect(reports).toHaveLength(1);
  });

  test('cut short: nothing of it is lost', async () => {
    await filled(20);
    const { size } = await stat(file);
    const handle = await open(file, 'r+');
    await handle.truncate(Math.floor(size / 2));
    await handle.close();
    const store = openStore();
    await store.save('works', []);
    expect(await texts(store)).toContain('works');
    const [kept] = await setAsideFiles();
    expect((await stat(path.join(path.dirname(file), kept ?? ''))).size).toBeGreaterThanOrEqual(Math.floor(size / 2));
  });

  test('a broken index alone costs no memory', async () => {
    const saved = await filled(10);
    const db = new DatabaseSync(file, { defensive: false });
    db.exec("UPDATE memory_index_data SET block = x'ffffffffffffffffffffffff' WHERE id > 10");
    db.close();
    const store = openStore();
    expect(await store.search('memory', 100)).toHaveLength(10);
    expect(await texts(store)).toEqual(saved);
  });

  test('seen by several processes at once: set aside once, and none writes into the old file', async () => {
    await mkdir(path.dirname(file));
    await writeFile(file, 'garbage '.repeat(5_000));
    const script = `import { MemoryStore } from ${JSON.stringify(path.join(root, 'src/memory/store.ts'))};
      const store = new MemoryStore(${JSON.stringify(file)}, (sentence) => process.stderr.write(sentence + '\\n'));
      await store.save(String(process.pid), []);
      store.close();`;
    const runs = Array.from({ length: 5 }, () => startProgram(process.execPath, ['--input-type=module', '-e', script]));
    const ended = await Promise.all(runs.map((run) => run.ended));
    expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
    expect(ended.filter(({ stderr }) => stderr !== '')).toHaveLength(1);
    expect(await setAsideFiles()).toHaveLength(1);
    expect((await texts(openStore())).sort()).toEqual(runs.map(({ pid }) => String(pid)).sort());
  });
});

describe('sound but not ours to use: left as it is, and said so', () => {
  const contents = async () => Object.fromEntries(await Promise.all((await readdir(path.dirname(file))).map(read)));
  const read = async (name: string) => [name, await readFile(path.join(path.dirname(file), name), 'latin1')] as const;

  test('the database of another program', async () => {
    await mkdir(path.dirname(file));
    const db = new DatabaseSync(file);
    db.exec('CREATE TABLE recipes (name TEXT)');
    db.close();
    await chmod(file, 0o600);
    const before = await contents();
    expect(openStore).toThrow('another program');
    expect(await contents()).toEqual(before);
  });

  test('a newer version of ours', async () => {
    openStore().close();
    const db = new DatabaseSync(file);
    db.exec('PRAGMA user_version = 99');
    db.close();
    expect(openStore).toThrow('newer version');
    expect(await setAsideFiles()).toEqual([]);
  });

  test('a directory in its place', async () => {
    await mkdir(file, { recursive: true });
    expect(openStore).toThrow('unable to open');
    expect(await setAsideFiles()).toEqual([]);
  });

  test('an empty file is simply new', async () => {
    await mkdir(path.dirname(file));
    await writeFile(file, '');
    await openStore().save('first', []);
    expect(await setAsideFiles()).toEqual([]);
  });
});

function unexpected(sentence: string): void {
  throw new Error(`nothing should be reported: ${sentence}`);
}
