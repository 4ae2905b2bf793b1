import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { commandLine } from '../../../src/supervisor/process/identity.ts';
import { terminate } from '../../../src/supervisor/process/terminate.ts';
import { groupMembers, scanNonces, scanNoncesTwice, treeOf } from '../../../src/supervisor/process/tree.ts';
import { needs } from '../../helpers/require.ts';
import { type Arena, openArena, until } from './arena.ts';

const ASK = { signal: 'SIGTERM', graceMs: 20_000 } as const;

const sleepers = async (arena: Arena) => (await arena.pids()).filter((pid) => commandLine(pid).startsWith('sleep '));

test.skipIf(needs('setsid'))(
  'every launch is found again by its nonce alone, children and daemons included',
  async () => {
    await using arena = await openArena();
    const runs = await Promise.all([1, 2, 3].map(() => arena.start('setsid sleep 3601 & sleep 3600; true')));
    await until('all sleep', async () => (await sleepers(arena)).length === 6);
    const wanted = new Set([...runs.slice(0, 2).map(({ nonce }) => nonce), randomUUID()]);
    const found = scanNonces(wanted);
    expect(new Set(found.keys())).toEqual(new Set(runs.slice(0, 2).map(({ nonce }) => nonce)));
    for (const run of runs.slice(0, 2)) {
      const tree = treeOf(run.identity);
      expect(tree.map(({ command }) => command)).toEqual(
        expect.arrayContaining(['sh -c setsid sleep 3601 & sleep 3600; true', 'sleep 3600', 'sleep 3601']),
      );
      expect(tree).toHaveLength(3);
      expect(found.get(run.nonce)?.sort()).toEqual(tree.map(({ pid }) => pid).sort());
      expect(groupMembers(run.pid)).toHaveLength(2);
    }
    await Promise.all(runs.map((run) => terminate(run.identity, ASK)));
    expect(scanNonces(wanted)).toEqual(new Map());
  },
);

test('the second scan finds who appeared after the first', async () => {
  await using arena = await openArena();
  const nonce = randomUUID();
  const scanning = scanNoncesTwice(new Set([nonce]));
  const run = await arena.start('sleep 3600; true', { nonce });
  expect((await scanning).get(nonce)).toContain(run.pid);
  await terminate(run.identity, ASK);
  expect(await scanNoncesTwice(new Set([nonce]))).toEqual(new Map());
});
