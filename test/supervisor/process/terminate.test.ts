import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { readExitRecord } from '../../../src/supervisor/process/exit-record.ts';
import { aliveStat, commandLine, identify, verify } from '../../../src/supervisor/process/identity.ts';
import { type Termination, terminate } from '../../../src/supervisor/process/terminate.ts';
import { groupMembers, treeOf } from '../../../src/supervisor/process/tree.ts';
import { needs } from '../../helpers/require.ts';
import { type Arena, openArena, pidFile, type Started, until } from './arena.ts';

const ASK = { signal: 'SIGTERM', graceMs: 20_000 } as const;
const SHORT = { signal: 'SIGTERM', graceMs: 300 } as const;
const missing = needs('setsid');

const signalsTo = ({ signalled }: Termination, pid: number) =>
  signalled.filter((sent) => sent.pid === pid).map(({ signal }) => signal);

/** The pid of the one process of the arena with this command line, once it has got that far. */
function running(arena: Arena, command: string): Promise<number> {
  return until(`"${command}" runs`, async () => (await arena.pids()).find((pid) => commandLine(pid) === command));
}

async function expectEmpty(arena: Arena, run: Started): Promise<void> {
  expect(await arena.pids()).toEqual([]);
  expect(groupMembers(run.pid)).toEqual([]);
  expect(treeOf(run.identity)).toEqual([]);
}

test('a server that ends when asked needs no more than that', async () => {
  await using arena = await openArena();
  const run = await arena.start('sleep 3600');
  const server = await running(arena, 'sleep 3600');
  const result = await terminate(run.identity, ASK);
  expect(result).toEqual({
    signalled: [
      { pid: run.pid, signal: 'SIGTERM' },
      { pid: server, signal: 'SIGTERM' },
    ],
    survivors: [],
  });
  await expectEmpty(arena, run);
  expect(readExitRecord(run.exitFile)).toMatchObject({ code: 143 });
});

test('the signal asked for is the signal sent', async () => {
  await using arena = await openArena();
  const run = await arena.start('exec sleep 3600');
  const server = await running(arena, 'sleep 3600');
  const result = await terminate(run.identity, { signal: 'SIGINT', graceMs: 20_000 });
  expect(signalsTo(result, server)).toEqual(['SIGINT']);
  expect(readExitRecord(run.exitFile)).toMatchObject({ code: 130 });
});

test('one that ignores TERM is killed, not before the grace time is over (F20)', async () => {
  await using arena = await openArena();
  const run = await arena.start('trap "" TERM; sleep 3600; true');
  const server = await running(arena, 'sleep 3600');
  const told: number[] = [];
  const asked = Date.now();
  const result = await terminate(run.identity, { ...SHORT, onKillAt: (at) => told.push(at) });
  expect(Date.now() - asked).toBeGreaterThanOrEqual(SHORT.graceMs - 1);
  expect(signalsTo(result, server)).toEqual(['SIGTERM', 'SIGKILL']);
  expect(result.survivors).toEqual([]);
  expect(told).toHaveLength(1);
  expect(told[0]).toBeGreaterThanOrEqual(asked + SHORT.graceMs - 1);
  await expectEmpty(arena, run);
});

test('a leader that ends on TERM is not the end while a child stays (F21)', async () => {
  await using arena = await openArena();
  const leader = arena.script('leader', `#!/bin/sh\n(trap '' TERM; exec sleep 3600) &\ntrap 'exit 0' TERM\nwait\n`);
  const run = await arena.start({ kind: 'program', file: leader, args: [] });
  const child = await running(arena, 'sleep 3600');
  const stopping = terminate(run.identity, { signal: 'SIGTERM', graceMs: 1500 });
  await until('the leader is gone', () => verify(run.identity) === 'gone');
  expect(aliveStat(child)).not.toBeNull();
  const result = await stopping;
  expect(signalsTo(result, child)).toEqual(['SIGTERM', 'SIGKILL']);
  expect(result.survivors).toEqual([]);
  await expectEmpty(arena, run);
});

test.skipIf(missing)('a daemon that left the group is shown, and ended with it (F22)', async () => {
  await using arena = await openArena();
  const run = await arena.start(`setsid sh -c 'setsid sleep 3601 & echo $! > daemon' ; sleep 3600`);
  const daemon = await running(arena, 'sleep 3601');
  expect(aliveStat(daemon)?.pgid).not.toBe(run.pid);
  expect(treeOf(run.identity).map(({ pid }) => pid)).toContain(daemon);
  await running(arena, 'sleep 3600');
  const result = await terminate(run.identity, ASK);
  expect(signalsTo(result, daemon)).toEqual(['SIGTERM']);
  expect(result.survivors).toEqual([]);
  await expectEmpty(arena, run);
});

test.skipIf(missing)('a daemon that ignores TERM is killed, and one whose leader is long gone is found', async () => {
  await using arena = await openArena();
  const run = await arena.start(`setsid sh -c 'trap "" TERM; exec sleep 3601' &`);
  const daemon = await running(arena, 'sleep 3601');
  await until('the leader is gone', () => verify(run.identity) === 'gone');
  expect(treeOf(run.identity)).toMatchObject([{ pid: daemon, command: 'sleep 3601' }]);
  const result = await terminate(run.identity, ASK);
  expect(result).toEqual({
    signalled: [
      { pid: daemon, signal: 'SIGTERM' },
      { pid: daemon, signal: 'SIGKILL' },
    ],
    survivors: [],
  });
  await expectEmpty(arena, run);
});

test.skipIf(missing)('a child that left the group without its environment is known by its parents', async () => {
  await using arena = await openArena();
  const run = await arena.start(`env -i setsid sh -c 'echo $$ > ${arena.dir}/bare; exec sleep 60'; true`);
  const bare = await pidFile(arena, 'bare');
  await until('it has left the group', () => aliveStat(bare)?.pgid === bare && commandLine(bare) === 'sleep 60');
  expect(treeOf(run.identity).map(({ pid }) => pid)).toContain(bare);
  const result = await terminate(run.identity, SHORT);
  expect(result.survivors).toEqual([]);
  expect(aliveStat(bare)).toBeNull();
  await expectEmpty(arena, run);
});

test('a suspended server is woken so that it can end', async () => {
  await using arena = await openArena();
  const run = await arena.start('sleep 3600; true');
  const server = await running(arena, 'sleep 3600');
  process.kill(-run.pid, 'SIGSTOP');
  await until('it is suspended', () => aliveStat(server)?.state === 'T');
  const result = await terminate(run.identity, ASK);
  expect(signalsTo(result, server)).toEqual(['SIGTERM']);
  await expectEmpty(arena, run);
});

test.skipIf(missing)(
  '200 children of a crashed leader are all swept, inside and outside the group (F24)',
  async () => {
    await using arena = await openArena();
    const line = `i=0; while [ $i -lt 100 ]; do i=$((i+1)); sleep 3600 & setsid sleep 3601 & done; wait`;
    const run = await arena.start(line);
    const sleeping = async () => (await arena.pids()).filter((pid) => commandLine(pid).startsWith('sleep ')).length;
    await until('200 children run', async () => (await sleeping()) === 200);
    process.kill(run.pid, 'SIGKILL');
    await until('the leader is gone', () => verify(run.identity) === 'gone');
    const result = await terminate(run.identity, ASK);
    expect(result.survivors).toEqual([]);
    expect(new Set(result.signalled.map(({ pid }) => pid)).size).toBe(200);
    await expectEmpty(arena, run);
  },
  120_000,
);

test('closing every descriptor hides nothing (F25)', async () => {
  await using arena = await openArena();
  const run = await arena.start('exec sleep 3600 <&- >&- 2>&-');
  await running(arena, 'sleep 3600');
  expect(treeOf(run.identity)).toHaveLength(2);
  const result = await terminate(run.identity, ASK);
  expect(result.survivors).toEqual([]);
  await expectEmpty(arena, run);
});

test('a member that is only a zombie does not hold up the end', async () => {
  await using arena = await openArena();
  // The second sleep inherits the first as its child and never waits for it; being in the session of its own launch,
  // it is ended from outside, so that the group of the first launch holds nothing but a zombie.
  const parent = await arena.start('sleep 3601 & exec sleep 3600');
  const child = await running(arena, 'sleep 3601');
  const identity = identify(child, parent.nonce);
  process.kill(child, 'SIGKILL');
  await until('it is a zombie', () => aliveStat(child) === null);
  expect(process.kill(child, 0)).toBe(true);
  expect(identity && verify(identity)).toBe('gone');
  await terminate(parent.identity, ASK);
  await expectEmpty(arena, parent);
});

describe('a second call', () => {
  test('joins the first', async () => {
    await using arena = await openArena();
    const run = await arena.start('sleep 3600; true');
    await running(arena, 'sleep 3600');
    const [first, second] = await Promise.all([terminate(run.identity, ASK), terminate(run.identity, ASK)]);
    expect(second).toBe(first);
    expect(first.signalled.filter(({ pid }) => pid === run.pid)).toHaveLength(1);
  });

  test('can shorten the grace time, not lengthen it', async () => {
    await using arena = await openArena();
    const run = await arena.start('trap "" TERM; sleep 3600; true');
    await running(arena, 'sleep 3600');
    const told: number[] = [];
    const onKillAt = (at: number) => told.push(at);
    const first = terminate(run.identity, { signal: 'SIGTERM', graceMs: 3_600_000, onKillAt });
    await delay(50);
    await terminate(run.identity, { signal: 'SIGTERM', graceMs: 0, onKillAt });
    await terminate(run.identity, { signal: 'SIGTERM', graceMs: 3_600_000, onKillAt });
    expect((await first).survivors).toEqual([]);
    expect(told).toHaveLength(3);
    expect(told[1]).toBeLessThan(told[0] ?? 0);
    await expectEmpty(arena, run);
  });

  test('after the end finds nothing to do', async () => {
    await using arena = await openArena();
    const run = await arena.start('true');
    await until('it ended', () => verify(run.identity) === 'gone');
    expect(await terminate(run.identity, ASK)).toEqual({ signalled: [], survivors: [] });
  });
});

test('ending right after starting never takes SIGKILL, wherever the start is interrupted', async () => {
  await using arena = await openArena();
  const forms = ['sleep 3600', 'exec sleep 3600', 'cd / && sleep 3600; true'];
  for (let round = 0; round < 36; round++) {
    const run = await arena.start(forms[round % 3] ?? '');
    // Up to about the time a shell needs to start a command.
    const moment = performance.now() + (round % 12) * 0.4;
    while (performance.now() < moment);
    const result = await terminate(run.identity, ASK);
    expect(result.signalled.filter(({ signal }) => signal === 'SIGKILL')).toEqual([]);
    expect(result.survivors).toEqual([]);
  }
  expect(await arena.pids()).toEqual([]);
}, 120_000);

test('many stops at once share their scans, leave nothing, and each leaves its record', async () => {
  await using arena = await openArena();
  const runs = await Promise.all(Array.from({ length: 30 }, () => arena.start('sleep 3600; true')));
  const asleep = async () => (await arena.pids()).filter((pid) => commandLine(pid) === 'sleep 3600').length;
  await until('all run', async () => (await asleep()) === 30);
  const results = await Promise.all(runs.map((run) => terminate(run.identity, ASK)));
  expect(results.flatMap(({ survivors }) => survivors)).toEqual([]);
  expect(runs.map(({ exitFile }) => readExitRecord(exitFile)?.code)).toEqual(runs.map(() => 143));
  expect(await arena.pids()).toEqual([]);
});
