import { expect, test } from 'vitest';
import { commandLine } from '../../../src/supervisor/process/identity.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { groupMembers, nextNonces, treeOf } from '../../../src/supervisor/process/tree.ts';
import { needs } from '../../helpers/require.ts';
import { type Arena, ended, openArena, until } from './arena.ts';

const ASK = { signal: 'SIGTERM', graceMs: 20_000 } as const;

const sleepers = async (arena: Arena) => (await arena.pids()).filter((pid) => commandLine(pid).startsWith('sleep '));

test.skipIf(needs('setsid'))(
  'every launch is found again by its nonce alone, children and daemons included',
  async () => {
    await using arena = await openArena();
    const runs = await Promise.all([1, 2, 3].map(() => arena.start('setsid sleep 3601 & sleep 3600; true')));
    await until('all sleep', async () => (await sleepers(arena)).length === 6);
    const found = await nextNonces();
    for (const run of runs) {
      const tree = treeOf(run.identity);
      expect(tree.map(({ command }) => command)).toEqual(
        expect.arrayContaining(['sh -c setsid sleep 3601 & sleep 3600; true', 'sleep 3600', 'sleep 3601']),
      );
      expect(tree).toHaveLength(3);
      expect(found.get(run.nonce)?.toSorted()).toEqual(tree.map(({ pid }) => pid).sort());
      expect(groupMembers(run.pid)).toHaveLength(2);
    }
    await Promise.all(runs.map((run) => terminate(run.identity, ASK)));
    const left = await nextNonces();
    expect(runs.filter(({ nonce }) => left.has(nonce))).toEqual([]);
  },
);

test.skipIf(needs('setsid'))(
  'a daemon that is just about to become another program, when its launcher has ended, is found as well',
  async () => {
    await using arena = await openArena();
    for (let round = 0; round < 60; round += 1) {
      const run = await arena.start(`setsid ${process.execPath} -e "setInterval(() => {}, 1e6)" & exit 0`);
      await ended(run);
      expect((await nextNonces()).has(run.nonce), `round ${round}`).toBe(true);
      expect((await terminate(run.identity, { signal: 'SIGKILL', graceMs: 0 })).survivors).toEqual([]);
    }
  },
);
