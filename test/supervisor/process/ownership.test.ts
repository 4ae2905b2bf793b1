import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProcStat } from '../../../src/supervisor/process/proc-stat.ts';
import { indexed, ownership } from '../../../src/supervisor/process/scan.ts';

const LEADER = 100;
const IDENTITY = { pid: LEADER, nonce: 'mine' };

type Row = Pick<ProcStat, 'pid' | 'ppid' | 'pgid' | 'sid'> & { nonce: string | null };

function tableOf(rows: readonly Row[]) {
  const rest = { state: 'S', startTicks: 1, userTicks: 0, systemTicks: 0, childTicks: 0, threads: 1 };
  const stats = rows.map(({ nonce: _, ...row }) => ({ ...rest, ...row }));
  const nonces = new Map(rows.flatMap(({ pid, nonce }) => (nonce === null ? [] : [[pid, nonce] as const])));
  return indexed(stats, nonces);
}

const pids = (rows: readonly ProcStat[]) => rows.map(({ pid }) => pid).sort((a, b) => a - b);

function owned(rows: readonly Row[], leaderIsOurs: boolean, kin?: ReadonlyMap<number, number>) {
  const { group, strays } = ownership(tableOf(rows), IDENTITY, leaderIsOurs, kin);
  return { group: pids(group), strays: pids(strays) };
}

const leader: Row = { pid: LEADER, ppid: 1, pgid: LEADER, sid: LEADER, nonce: 'mine' };
const member = (pid: number, ppid = LEADER, nonce: string | null = 'mine'): Row => ({
  pid,
  ppid,
  pgid: LEADER,
  sid: LEADER,
  nonce,
});
const outsider = (pid: number, ppid: number, nonce: string | null): Row => ({ pid, ppid, pgid: pid, sid: pid, nonce });

describe('belongs to a launch', () => {
  test('its group, with or without the nonce', () => {
    expect(owned([leader, member(101), member(102, 101, null)], true)).toEqual({ group: [100, 101, 102], strays: [] });
  });

  test('a holder of the nonce that left the group, and what it started', () => {
    const rows = [leader, outsider(200, 1, 'mine'), outsider(201, 200, null)];
    expect(owned(rows, true)).toEqual({ group: [100], strays: [200, 201] });
  });

  test('a group of the same session', () => {
    expect(owned([leader, { pid: 150, ppid: 1, pgid: 150, sid: LEADER, nonce: null }], true).strays).toEqual([150]);
  });

  test('one that was seen in the tree before, unless its pid went to another', () => {
    expect(owned([outsider(300, 1, null)], false, new Map([[300, 1]])).strays).toEqual([300]);
    expect(owned([outsider(300, 1, null)], false, new Map([[300, 2]])).strays).toEqual([]);
  });
});

describe('does not belong to it', () => {
  test('a group whose leader is not ours and where nobody carries the nonce', () => {
    expect(owned([member(101, 1, null), member(102, 1, 'theirs')], false)).toEqual({ group: [], strays: [] });
  });

  test('a child that carries the nonce of another launch, and what that started', () => {
    expect(owned([leader, outsider(200, LEADER, 'theirs'), outsider(201, 200, null)], true).strays).toEqual([]);
  });

  test('the process that asks', () => {
    expect(owned([leader, outsider(process.pid, LEADER, 'mine')], true).strays).toEqual([]);
  });
});

const row = fc.record({
  pid: fc.integer({ min: LEADER, max: LEADER + 12 }),
  ppid: fc.integer({ min: LEADER - 1, max: LEADER + 12 }),
  pgid: fc.integer({ min: LEADER, max: LEADER + 3 }),
  sid: fc.integer({ min: LEADER, max: LEADER + 3 }),
  nonce: fc.constantFrom('mine', 'theirs', null),
});

test('in any table: holders are always found, the group needs proof, and nobody is counted twice', () => {
  fc.assert(
    fc.property(fc.uniqueArray(row, { selector: ({ pid }) => pid }), fc.boolean(), (rows, leaderIsOurs) => {
      const { group, strays } = owned(rows, leaderIsOurs);
      const all = [...group, ...strays];
      expect(new Set(all).size).toBe(all.length);
      const holders = rows.filter(({ nonce }) => nonce === 'mine').map(({ pid }) => pid);
      expect(all).toEqual(expect.arrayContaining(holders));
      if (!leaderIsOurs && holders.length === 0) expect(all).toEqual([]);
      const proven = leaderIsOurs || rows.some(({ pgid, nonce }) => pgid === LEADER && nonce === 'mine');
      if (!proven) expect(group).toEqual([]);
    }),
  );
});
