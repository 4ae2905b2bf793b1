import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  commandLine,
  identify,
  NONCE_VARIABLE,
  readNonce,
  readStat,
  startedAt,
  verify,
} from '../../../src/supervisor/process/identity.ts';
import { needs } from '../../helpers/require.ts';
import { ended, openArena, until } from './arena.ts';

async function kill(run: { pid: number }): Promise<void> {
  process.kill(-run.pid, 'SIGKILL');
  await until('the group is gone', () => readStat(run.pid) === null);
}

test('a launch is its own session and group, alive until it ends', async () => {
  await using arena = await openArena();
  const run = await arena.start('sleep 3600; true');
  expect(readStat(run.pid)).toMatchObject({ pgid: run.pid, sid: run.pid, startTicks: run.identity.startTicks });
  expect(verify(run.identity)).toBe('alive');
  expect(readNonce(run.pid)).toBe(run.nonce);
  expect(identify(run.pid, run.nonce)).toEqual(run.identity);
  await kill(run);
  expect(verify(run.identity)).toBe('gone');
  expect(identify(run.pid, run.nonce)).toBeNull();
  expect(readNonce(run.pid)).toBeNull();
  await until('the arena is empty', async () => (await arena.pids()).length === 0);
});

test('an identity survives being written down as JSON', async () => {
  await using arena = await openArena();
  const run = await arena.start('sleep 3600; true');
  expect(verify(JSON.parse(JSON.stringify(run.identity)))).toBe('alive');
  await kill(run);
  await until('the arena is empty', async () => (await arena.pids()).length === 0);
});

test('the start time is the time of the start', async () => {
  await using arena = await openArena();
  const before = Date.now();
  const run = await arena.start('exit 0');
  const after = Date.now();
  const at = startedAt(run.identity.startTicks);
  // Ticks are 10 ms, and so is the kernel's uptime.
  expect(at).toBeGreaterThanOrEqual(before - 20);
  expect(at).toBeLessThanOrEqual(after + 20);
  expect(startedAt(run.identity.startTicks)).toBe(at);
  await ended(run);
});

describe('the nonce', () => {
  test.each([
    ['among others', { A: '1', [NONCE_VARIABLE]: 'n1', B: '2' }, 'n1'],
    ['first', { [NONCE_VARIABLE]: 'n2' }, 'n2'],
    ['empty', { [NONCE_VARIABLE]: '' }, ''],
    ['absent', { A: '1' }, null],
    ['part of another name or value', { [`X${NONCE_VARIABLE}`]: 'no', V: `${NONCE_VARIABLE}=no` }, null],
    ['in an empty environment', {}, null],
  ] as const)('%s', async (_, env, nonce) => {
    const child = spawn('/bin/sleep', ['3600'], { env, detached: true, stdio: 'ignore' });
    try {
      expect(readNonce(child.pid ?? 0)).toBe(nonce);
    } finally {
      child.kill('SIGKILL');
      await ended({ child });
    }
  });

  test.skipIf(needs('root', 'linux'))(
    'of a process of another user is unreadable, and does not count against it',
    async () => {
      await using arena = await openArena();
      const run = await arena.start('sleep 3600; true');
      process.seteuid?.(65_534);
      try {
        expect(readNonce(run.pid)).toBe('unreadable');
        expect(verify(run.identity)).toBe('alive');
        expect(verify({ ...run.identity, startTicks: 1 })).toBe('reused');
      } finally {
        process.seteuid?.(0);
      }
      await kill(run);
      await until('the arena is empty', async () => (await arena.pids()).length === 0);
    },
  );
});

test('the command line is one line without control characters', async () => {
  const child = spawn('/bin/sh', ['-c', 'read x', 'a\nb', '\u001b[31mred\u0007', '', 'ü'], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  expect(commandLine(child.pid ?? 0)).toBe('/bin/sh -c read x a b [31mred ü');
  child.stdin?.end();
  await ended({ child });
  expect(commandLine(child.pid ?? 0)).toBe('');
});

test('a recorder is shown as the shell that it stands for', async () => {
  await using arena = await openArena();
  const run = await arena.start('sleep 3600;\n true');
  expect(commandLine(run.pid)).toBe('sh -c sleep 3600; true');
  await kill(run);
  await until('the arena is empty', async () => (await arena.pids()).length === 0);
});
