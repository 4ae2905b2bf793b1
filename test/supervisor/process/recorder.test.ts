import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { exitView, readExitRecord } from '../../../src/supervisor/process/exit-record.ts';
import { commandLine } from '../../../src/supervisor/process/identity.ts';
import { recordedCommand, recorderArguments } from '../../../src/supervisor/process/recorder.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { ended, openArena, type Run, until } from './arena.ts';
import { missingShell, SHELLS, shellPath } from './shells.ts';

const GRACEFUL =
  'process.on("SIGTERM", () => setTimeout(() => process.exit(0), 50)); console.log("up"); setInterval(() => {}, 1e6)';
const node = (code: string): Run => ({ kind: 'program', file: process.execPath, args: ['-e', code] });
const quoted = (text: string) => `'${text}'`;

/** What a command does by itself, and the code that must be on record. */
const BY_ITSELF: Record<string, { line: string; code: number }> = {
  success: { line: 'true', code: 0 },
  'a code': { line: 'exit 3', code: 3 },
  'a code of a program': { line: 'sh -c "exit 42"', code: 42 },
  'a code of a pipe': { line: 'echo a | sh -c "cat >/dev/null; exit 9"', code: 9 },
  'exec form': { line: 'exec sh -c "exit 7"', code: 7 },
  'cd and exec': { line: 'cd / && exec sh -c "exit 8"', code: 8 },
  'death by signal': { line: `sh -c 'kill -SEGV $$'`, code: 139 },
  'death by SIGKILL': { line: `sh -c 'kill -KILL $$'`, code: 137 },
  'not found': { line: 'no-such-command-at-all', code: 127 },
  'not executable': { line: '/etc/passwd', code: 126 },
  'syntax error': { line: 'if then fi (', code: 2 },
  'own EXIT trap': { line: 'trap "echo bye" EXIT; exit 5', code: 5 },
  'own variables and arguments': { line: 'set -- a b; _x=1; exit $#', code: 2 },
  'no arguments of ours': { line: 'exit $#', code: 0 },
  'set -eu': { line: 'set -eu; false; exit 0', code: 1 },
  'noclobber, no PATH, hostile functions': { line: 'set -C; PATH=/nowhere; printf() { :; }; exit 6', code: 6 },
  'last of several lines': { line: 'true\nfalse\nexit 4', code: 4 },
  'a leftover in the background': { line: 'sleep 60 & exit 3', code: 3 },
};

describe.each(SHELLS)('exit recorder under %s', (shell) => {
  const missing = missingShell(shell);

  test.skipIf(missing).each(Object.entries(BY_ITSELF))('%s', async (_name, { line, code }) => {
    await using arena = await openArena();
    const exitFile = path.join(arena.dir, 'record');
    writeFileSync(exitFile, '99\n');
    const run = await arena.start(line, { shell: shellPath(arena, shell), exitFile });
    expect(await ended(run)).toEqual({ code, signal: null });
    expect(readExitRecord(run.exitFile)).toMatchObject({ code });
    await terminate(run.identity, { signal: 'SIGTERM', graceMs: 5000 });
  });

  test.skipIf(missing).each([
    ['program', node(GRACEFUL)],
    ['line', { kind: 'shell', line: `${process.execPath} -e ${quoted(GRACEFUL)}` }],
    ['exec line', { kind: 'shell', line: `cd / && exec ${process.execPath} -e ${quoted(GRACEFUL)}` }],
  ] satisfies [string, Run][])(
    'a graceful end on the group signal is on record as 0, the leader waits for it: %s',
    async (_, command) => {
      await using arena = await openArena();
      const run = await arena.start(command, { shell: shellPath(arena, shell) });
      await until('the server is up', () => arena.output().includes('up'));
      process.kill(-run.pid, 'SIGTERM');
      expect(await ended(run)).toEqual({ code: 0, signal: null });
      expect(await arena.pids()).toEqual([]);
      expect(readExitRecord(run.exitFile)).toMatchObject({ code: 0 });
    },
  );

  test.skipIf(missing).each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const)(
    'death by a group %s is on record, and the rest of the line does not run',
    async (signal) => {
      await using arena = await openArena();
      const run = await arena.start('echo up; sleep 60; echo went on', { shell: shellPath(arena, shell) });
      await until('sleep runs', async () => (await arena.pids()).some((pid) => commandLine(pid) === 'sleep 60'));
      process.kill(-run.pid, signal);
      await ended(run);
      const record = readExitRecord(run.exitFile);
      expect(exitView({ code: record?.code ?? null, signal: null, requested: true, at: 0 }).signal).toBe(signal);
      expect(arena.output()).not.toContain('went on');
    },
  );

  test.skipIf(missing)('a group SIGKILL leaves no record', async () => {
    await using arena = await openArena();
    const run = await arena.start('sleep 60; true', { shell: shellPath(arena, shell) });
    process.kill(-run.pid, 'SIGKILL');
    expect(await ended(run)).toEqual({ code: null, signal: 'SIGKILL' });
    await until('all of the group are gone', async () => (await arena.pids()).length === 0);
    expect(readExitRecord(run.exitFile)).toBeNull();
  });

  test.skipIf(missing)('a directory for records that is gone, or a full disk, costs only the record', async () => {
    await using arena = await openArena();
    for (const exitFile of [`${arena.dir}/gone/x.exit`, '/dev/full/x', '/proc/x.exit']) {
      const run = await arena.start('echo ran; exit 3', { shell: shellPath(arena, shell), exitFile });
      expect(await ended(run)).toEqual({ code: 3, signal: null });
      expect(readExitRecord(exitFile)).toBeNull();
    }
    expect(arena.output()).toBe('ran\nran\nran\n');
  });

  test.skipIf(missing)('the command gets default signal handling', async () => {
    await using arena = await openArena();
    const run = await arena.start('cat /proc/self/status', { shell: shellPath(arena, shell) });
    await ended(run);
    const masks = [...arena.output().matchAll(/^Sig(Blk|Ign|Cgt):\s*([0-9a-f]+)$/gm)].map(([, name, mask]) => [
      name,
      BigInt(`0x${mask}`),
    ]);
    // Beyond the 31 classic ones lie those that the C library reserves for itself.
    const classic = masks.map(([name, mask]) => [name, BigInt(mask ?? 0) & 0x7fffffffn]);
    expect(classic).toEqual([
      ['Blk', 0n],
      ['Ign', 0n],
      ['Cgt', 0n],
    ]);
  });
});

test('the command line of a recorder tells what it runs', () => {
  const shell = recorderArguments({ kind: 'shell', line: 'exec npm start' }, '/x');
  expect(recordedCommand(['/bin/sh', ...shell])).toEqual(['exec npm start']);
  const program = recorderArguments({ kind: 'program', file: '/bin/echo', args: ['-n', 'a b'] }, '/x');
  expect(recordedCommand(['/bin/sh', ...program])).toEqual(['/bin/echo', '-n', 'a b']);
  expect(recordedCommand(['sh', '-c', 'echo'])).toBeNull();
});
