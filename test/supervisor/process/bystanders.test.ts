import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  aliveStat,
  commandLine,
  identify,
  NONCE_VARIABLE,
  type ProcessIdentity,
  verify,
} from '../../../src/supervisor/process/identity.ts';
import { processTable } from '../../../src/supervisor/process/process-table.ts';
import { groupIsOurs } from '../../../src/supervisor/process/scan.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { treeOf } from '../../../src/supervisor/process/tree.ts';
import { needs } from '../../helpers/require.ts';
import { ended, openArena, pidFile, until } from './arena.ts';

const NOW = { signal: 'SIGTERM', graceMs: 0 } as const;
const NOTHING = { signalled: [], survivors: [] };

/** A process of its own group with just this environment, ended when the block is left. */
function innocent(env: Record<string, string>) {
  const child = spawn('sleep', ['3600'], {
    detached: true,
    stdio: 'ignore',
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return { child, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => end(child) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.kill('SIGKILL')) await once(child, 'exit');
}

function identityOf(pid: number, nonce: string): ProcessIdentity {
  const identity = identify(pid, nonce);
  if (!identity) throw new Error(`${pid} is gone`);
  return identity;
}

describe('never signalled, and not claimed as part of a tree', () => {
  test.each([
    ['of an earlier boot (F8)', 'gone', { bootId: 'another' }],
    ['of another pid namespace (F9)', 'foreign', { pidNamespace: 'pid:[1]' }],
    ['with the pid, but born at another time (F7)', 'reused', { startTicks: 1 }],
    ['with pid and birth, but another nonce: the pid was reused within one tick', 'reused', { nonce: 'another' }],
  ] as const)('%s', async (_, liveness, difference) => {
    const nonce = randomUUID();
    await using other = innocent({ [NONCE_VARIABLE]: nonce });
    const recorded = { ...identityOf(other.pid, nonce), ...difference };
    expect(verify(recorded)).toBe(liveness);
    // Where the nonce fits it would be found by that, rightly so; here it is about the pid.
    const identity = { ...recorded, nonce: liveness === 'reused' ? randomUUID() : nonce };
    expect(treeOf(identity)).toEqual([]);
    expect(await terminate(identity, NOW)).toEqual(NOTHING);
    expect(aliveStat(other.pid)).not.toBeNull();
  });

  test('with pid and birth, but no nonce to be seen: unknown, reported as still there', async () => {
    await using other = innocent({});
    const identity = identityOf(other.pid, randomUUID());
    expect(verify(identity)).toBe('unknown');
    expect(await terminate(identity, NOW)).toEqual({ signalled: [], survivors: [other.pid] });
    expect(aliveStat(other.pid)).not.toBeNull();
  });

  test('strangers in the group of a leader that is gone', async () => {
    await using arena = await openArena();
    // The leader ends at once; what stays in its group does not carry the nonce.
    const run = await arena.start(
      `env -i sh -c 'echo $$ > ${arena.dir}/left; exec sleep 60' & while [ ! -s left ]; do :; done`,
    );
    const left = await pidFile(arena, 'left');
    await ended(run);
    const stranger = aliveStat(left);
    expect(stranger?.pgid).toBe(run.pid);
    expect(groupIsOurs(run.identity, stranger ? [stranger] : [])).toBe(false);
    expect(treeOf(run.identity)).toEqual([]);
    expect(await terminate(run.identity, NOW)).toEqual(NOTHING);
    expect(aliveStat(left)).not.toBeNull();
    process.kill(left, 'SIGKILL');
    await until('it is gone', () => aliveStat(left) === null);
  });

  test.skipIf(needs('setsid'))('a launch of another supervisor that was started from within', async () => {
    await using arena = await openArena();
    const run = await arena.start(`${NONCE_VARIABLE}=inner setsid sleep 3601 & sleep 3600`);
    const find = (command: string) =>
      until(`${command} runs`, async () => (await arena.pids()).find((pid) => commandLine(pid) === command));
    const [inner] = await Promise.all([find('sleep 3601'), find('sleep 3600')]);
    expect(treeOf(run.identity).map(({ pid }) => pid)).not.toContain(inner);
    const result = await terminate(run.identity, NOW);
    expect(result.signalled.map(({ pid }) => pid)).not.toContain(inner);
    expect(await arena.pids()).toEqual([inner]);
    process.kill(inner, 'SIGKILL');
    await until('it is gone', () => aliveStat(inner) === null);
  });
});

test.skipIf(needs('root', 'linux'))('a pid that was really given to somebody else (F7)', async () => {
  await using arena = await openArena();
  const run = await arena.start('sleep 3600');
  process.kill(-run.pid, 'SIGKILL');
  await ended(run);
  // The kernel gives out no pid that is still the number of a group, be it of zombies.
  await until('its group is gone, zombies included', () => !processTable.all().some(({ pgid }) => pgid === run.pid));
  // Start times have steps of 10 ms; in the same step the missing nonce makes it "unknown", which is as safe.
  await until('the next step of start times', () => ticksNow() > run.identity.startTicks + 1);
  const thief = await takePid(run.pid);
  try {
    expect(verify(run.identity)).toBe('reused');
    expect(treeOf(run.identity)).toEqual([]);
    expect(await terminate(run.identity, NOW)).toEqual(NOTHING);
    expect(aliveStat(run.pid)).not.toBeNull();
  } finally {
    await end(thief);
  }
});

function ticksNow(): number {
  return Math.floor(Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 100);
}

/** Forks until a process has this pid; others fork too, so it may take a few tries. */
async function takePid(pid: number): Promise<ChildProcess> {
  for (let attempt = 0; attempt < 200; attempt++) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
    const child = spawn('sleep', ['3600'], { detached: true, stdio: 'ignore' });
    if (child.pid === pid) return child;
    await end(child);
  }
  throw new Error(`could not get pid ${pid}`);
}
