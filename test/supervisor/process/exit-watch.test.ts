import { readdirSync, readlinkSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { ExitWatch } from '../../../src/supervisor/process/exit-watch.ts';
import { aliveStat, type ProcessIdentity, readStat } from '../../../src/supervisor/process/identity.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { needs } from '../../helpers/require.ts';
import { startProgram } from '../../helpers/running.ts';
import { type Arena, openArena, until } from './arena.ts';

const watch = new ExitWatch();
afterEach(() => {
  watch.close();
  expect(heldStats()).toEqual([]);
});

const heldStats = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /^\/proc\/\d+\/stat$/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  });

/** A launch that is nobody's child here: its parent has ended. */
async function adopted(arena: Arena): Promise<ProcessIdentity> {
  const run = await arena.start('sleep 3600; true');
  return run.identity;
}

/** Resolves when the end is noticed; the timer of the watch alone keeps nobody alive. */
function noticed(identity: ProcessIdentity): Promise<void> {
  const keepAlive = setInterval(() => undefined, 1000);
  return new Promise<void>((resolve) => watch.watch(identity, resolve)).finally(() => clearInterval(keepAlive));
}

test('notices the end of each it watches, once, and of no other', async () => {
  await using arena = await openArena();
  const identities = await Promise.all([1, 2, 3].map(() => adopted(arena)));
  const gone: number[] = [];
  for (const { pid, ...rest } of identities) watch.watch({ pid, ...rest }, () => gone.push(pid));
  const [first, second, third] = identities.map(({ pid }) => pid);
  for (const pid of [third, first]) {
    if (pid) process.kill(-pid, 'SIGKILL');
    await until('it is noticed', () => gone.includes(pid ?? 0));
  }
  expect(gone).toEqual([third, first]);
  if (second) process.kill(-second, 'SIGKILL');
  await until('it is noticed', () => gone.length === 3);
  await until('nothing is left', async () => (await arena.pids()).length === 0);
});

test('what is gone already is reported, but not from within the call', async () => {
  await using arena = await openArena();
  const identity = await adopted(arena);
  await terminate(identity, { signal: 'SIGKILL', graceMs: 0 });
  let inside = true;
  const seen = new Promise((resolve) => watch.watch(identity, () => resolve(inside)));
  inside = false;
  expect(await seen).toBe(false);
});

test('a pid that belongs to another by now is reported', async () => {
  await using arena = await openArena();
  const identity = await adopted(arena);
  await noticed({ ...identity, startTicks: identity.startTicks - 1 });
  expect(aliveStat(identity.pid)).not.toBeNull();
  await terminate(identity, { signal: 'SIGKILL', graceMs: 0 });
});

test('what is no longer watched is not reported, and holds nothing open', async () => {
  await using arena = await openArena();
  const [dropped, kept] = [await adopted(arena), await adopted(arena)];
  const gone: string[] = [];
  watch.watch(dropped, () => gone.push('dropped'));
  watch.watch(kept, () => gone.push('replaced'));
  watch.watch(kept, () => gone.push('kept'));
  expect(heldStats()).toHaveLength(2);
  watch.unwatch(dropped);
  watch.unwatch(dropped);
  expect(heldStats()).toHaveLength(1);
  for (const { pid } of [dropped, kept]) process.kill(-pid, 'SIGKILL');
  await until('the other is noticed', () => gone.length > 0);
  expect(gone).toEqual(['kept']);
  await until('nothing is left', async () => (await arena.pids()).length === 0);
});

test('watching from within the report works', async () => {
  await using arena = await openArena();
  const [first, second] = [await adopted(arena), await adopted(arena)];
  const reported = new Promise<void>((resolve) =>
    watch.watch(first, () => {
      watch.unwatch(first);
      watch.watch(second, resolve);
      process.kill(-second.pid, 'SIGKILL');
    }),
  );
  process.kill(-first.pid, 'SIGKILL');
  await reported;
  await until('nothing is left', async () => (await arena.pids()).length === 0);
});

test.skipIf(needs('linux'))('a zombie has ended, even if its parent is suspended and cannot know (R22)', async () => {
  await using arena = await openArena();
  // A parent that starts one child of our making and is suspended then.
  const code = `const c = require('node:child_process').spawn('sleep', ['3600']); console.log(c.pid); setInterval(() => {}, 1e6)`;
  const parent = startProgram(process.execPath, ['-e', code], { env: { ...arena.env, MCP_SUP_ID: 'zombie' } });
  await parent.printed(/^\d+\n/);
  const pid = Number(parent.stdout());
  parent.child.kill('SIGSTOP');
  const stat = readStat(pid);
  const adoptee = await adopted(arena);
  const identity = { ...adoptee, pid, startTicks: stat?.startTicks ?? 0, nonce: 'zombie' };
  const seen = noticed(identity);
  process.kill(pid, 'SIGKILL');
  await seen;
  expect(readStat(pid)?.state).toBe('Z');
  parent.child.kill('SIGKILL');
  await parent.ended;
  await terminate(adoptee, { signal: 'SIGKILL', graceMs: 0 });
});
