import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { commandLine } from '../../../src/supervisor/process/identity.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { treeOf } from '../../../src/supervisor/process/tree.ts';
import { UsageSampler } from '../../../src/supervisor/process/usage.ts';
import { needs } from '../../helpers/require.ts';
import { openArena, type Started, until } from './arena.ts';
import { missingProgram } from './shells.ts';

const ASK = { signal: 'SIGTERM', graceMs: 20_000 } as const;
const MB = 1024 * 1024;

const groupOf = (run: Started) => new Map([['unit', treeOf(run.identity).map(({ pid }) => pid)]]);

test('a busy loop and an idle server are told apart; the first sample knows no load', async () => {
  await using arena = await openArena();
  const busy = await arena.start('while :; do :; done');
  const idle = await arena.start('sleep 3600; true');
  const sampler = new UsageSampler();
  const sample = () =>
    sampler.sample(
      new Map([
        ['busy', [busy.pid]],
        ['idle', treeOf(idle.identity).map(({ pid }) => pid)],
      ]),
    );
  expect([...sample().values()].map(({ cpuPercent }) => cpuPercent)).toEqual([null, null]);
  // Long enough for ticks of 10 ms; how much of a core the loop gets depends on the neighbours.
  await delay(1000);
  const usage = sample();
  expect(usage.get('busy')?.cpuPercent).toBeGreaterThan(15);
  expect(usage.get('busy')?.cpuPercent).toBeLessThan(110);
  expect(usage.get('idle')?.cpuPercent).toBeLessThan(5);
  await Promise.all([busy, idle].map((run) => terminate(run.identity, ASK)));
});

test('the work of children that came and went between samples is counted', async () => {
  await using arena = await openArena();
  const run = await arena.start(`while :; do sh -c 'i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done'; done`);
  const sampler = new UsageSampler();
  sampler.sample(groupOf(run));
  await delay(1000);
  expect(sampler.sample(groupOf(run)).get('unit')?.cpuPercent).toBeGreaterThan(15);
  await terminate(run.identity, ASK);
});

test('a sample too soon repeats the last figure', async () => {
  await using arena = await openArena();
  const run = await arena.start('while :; do :; done');
  const sampler = new UsageSampler();
  sampler.sample(groupOf(run));
  await delay(500);
  const first = sampler.sample(groupOf(run)).get('unit');
  const second = sampler.sample(groupOf(run)).get('unit');
  expect(first?.cpuPercent).toBeGreaterThan(0);
  expect(second?.cpuPercent).toBe(first?.cpuPercent);
  await terminate(run.identity, ASK);
});

test.skipIf(needs('linux') ?? missingProgram('python3'))(
  'memory that a tree of processes shares is counted once',
  async () => {
    await using arena = await openArena();
    // 200 MB in a grandchild, which forks: parent and copy share every page of it.
    const code = [
      'import os, time',
      'data = bytearray(os.urandom(1 << 20)) * 200',
      'os.fork()',
      'print("up", flush=True)',
      'time.sleep(3600)',
    ].join('\n');
    const run = await arena.start({ kind: 'shell', line: `sh -c 'python3 -c "$CODE"; true'` }, { env: { CODE: code } });
    await until('both are up', () => /up\nup/.test(arena.output()));
    // Recorder, shell, and the two.
    expect(treeOf(run.identity)).toHaveLength(4);
    const usage = new UsageSampler().sample(groupOf(run)).get('unit');
    expect(usage?.pss).toBe(true);
    expect(usage?.memoryBytes).toBeGreaterThan(195 * MB);
    expect(usage?.memoryBytes).toBeLessThan(300 * MB);
    await terminate(run.identity, ASK);
  },
);

test.skipIf(needs('root', 'linux'))(
  'without the permission for more it is the resident size, and says so',
  async () => {
    await using arena = await openArena();
    const run = await arena.start('sleep 3600; true');
    await until('sleep runs', async () => (await arena.pids()).some((pid) => commandLine(pid) === 'sleep 3600'));
    const pss = new UsageSampler().sample(groupOf(run)).get('unit');
    const group = groupOf(run);
    process.seteuid?.(65_534);
    try {
      const rss = new UsageSampler().sample(group).get('unit');
      expect(rss?.pss).toBe(false);
      expect(rss?.memoryBytes).toBeGreaterThan(pss?.memoryBytes ?? 0);
    } finally {
      process.seteuid?.(0);
    }
    await terminate(run.identity, ASK);
  },
);

test('processes that are gone count nothing', async () => {
  await using arena = await openArena();
  const run = await arena.start('while :; do :; done');
  const group = groupOf(run);
  const sampler = new UsageSampler();
  sampler.sample(group);
  await delay(300);
  await terminate(run.identity, ASK);
  expect(sampler.sample(group).get('unit')).toMatchObject({ cpuPercent: 0, memoryBytes: 0 });
});
