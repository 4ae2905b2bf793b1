import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { describeExit, exitView, readExitRecord } from '../../../src/supervisor/process/exit-record.ts';
import { commandLine } from '../../../src/supervisor/process/identity.ts';
import { ended, openArena, until } from './arena.ts';

test.each([
  [0, null, false, 'exit 0'],
  [1, null, false, 'exit 1'],
  [126, null, false, 'exit 126: found, but not executable'],
  [127, null, false, 'exit 127: command not found'],
  [128, null, false, 'exit 128'],
  [139, null, false, 'segmentation fault (SIGSEGV)'],
  [null, 'SIGSEGV', false, 'segmentation fault (SIGSEGV)'],
  [134, null, false, 'aborted itself (SIGABRT)'],
  [137, null, false, 'killed by SIGKILL from outside (out of memory, or kill -9)'],
  [null, 'SIGKILL', false, 'killed by SIGKILL from outside (out of memory, or kill -9)'],
  [137, null, true, 'killed by SIGKILL after the grace time'],
  [143, null, true, 'stopped by SIGTERM'],
  [143, null, false, 'ended by SIGTERM from outside'],
  [129, null, false, 'ended by SIGHUP from outside'],
  [255, null, false, 'exit 255'],
  [null, null, false, 'unknown: nobody saw the exit code'],
] as const)('code %s, signal %s, requested %s: %s (F31)', (code, signal, requested, text) => {
  expect(describeExit({ code, signal, requested })).toBe(text);
});

test('clients get the signal instead of the code that stands for it', () => {
  expect(exitView({ code: 139, signal: null, requested: false, at: 5 })).toEqual({
    code: null,
    signal: 'SIGSEGV',
    at: 5,
    text: 'segmentation fault (SIGSEGV)',
  });
  expect(exitView({ code: 3, signal: null, requested: false, at: 5 })).toMatchObject({ code: 3, signal: null });
});

test('a record tells the code and when it was written', async () => {
  await using arena = await openArena();
  const file = path.join(arena.dir, 'record');
  writeFileSync(file, '139\n');
  utimesSync(file, 1_700_000_000, 1_700_000_000.5);
  expect(readExitRecord(file)).toEqual({ code: 139, at: 1_700_000_000_500 });
});

test('the record of a real exit is of that moment', async () => {
  await using arena = await openArena();
  const before = Date.now();
  const run = await arena.start('exit 4');
  await ended(run);
  const record = readExitRecord(run.exitFile);
  expect(record?.code).toBe(4);
  // File times come from the kernel's coarse clock, up to a timer tick behind.
  expect(record?.at).toBeGreaterThanOrEqual(before - 20);
  expect(record?.at).toBeLessThanOrEqual(Date.now() + 20);
});

test('the record of an earlier run is not taken for this one', async () => {
  await using arena = await openArena();
  const exitFile = path.join(arena.dir, 'x.exit');
  await ended(await arena.start('exit 4', { exitFile }));
  const run = await arena.start('sleep 3600; true', { exitFile });
  expect(readExitRecord(exitFile)).toBeNull();
  await until('sleep runs', async () => (await arena.pids()).some((pid) => commandLine(pid) === 'sleep 3600'));
  process.kill(-run.pid, 'SIGTERM');
  await ended(run);
  expect(readExitRecord(exitFile)).toMatchObject({ code: 143 });
});

test('what is no record is none: absent, empty, half, huge, a link, a pipe, a directory', async () => {
  await using arena = await openArena();
  const at = (name: string) => path.join(arena.dir, name);
  writeFileSync(at('empty'), '');
  writeFileSync(at('half'), '13');
  writeFileSync(at('words'), 'exit 3\n');
  writeFileSync(at('huge'), '1\n'.repeat(1_000_000));
  writeFileSync(at('good'), '0\n');
  symlinkSync(at('good'), at('link'));
  mkdirSync(at('directory'));
  execFileSync('mkfifo', [at('pipe')]);
  expect(readExitRecord(at('good'))).not.toBeNull();
  for (const name of ['absent', 'empty', 'half', 'words', 'huge', 'link', 'directory', 'pipe', 'good/below']) {
    expect(readExitRecord(at(name))).toBeNull();
  }
});
