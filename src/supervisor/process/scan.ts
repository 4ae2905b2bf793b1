import { aliveStat, NONCE_VARIABLE, type ProcessIdentity, readNonce, verify } from './identity.ts';
import { isDead, type ProcStat } from './proc-stat.ts';
import { processTable } from './process-table.ts';
import { shared } from './shared-reading.ts';

/** The process table at one moment: the living, who carries a nonce of ours, and ways to find them. */
export interface Scan {
  readonly stats: ReadonlyMap<number, ProcStat>;
  readonly nonces: ReadonlyMap<number, string>;
  readonly byParent: ReadonlyMap<number, readonly ProcStat[]>;
  readonly byGroup: ReadonlyMap<number, readonly ProcStat[]>;
  readonly bySession: ReadonlyMap<number, readonly ProcStat[]>;
  readonly byNonce: ReadonlyMap<string | undefined, readonly ProcStat[]>;
}

export function scan(): Scan {
  return indexed(
    processTable.all().filter((stat) => !isDead(stat)),
    processTable.variables(NONCE_VARIABLE),
  );
}

/** With a thousand launches, nobody can afford to look through everything for each. */
export function indexed(living: readonly ProcStat[], nonces: ReadonlyMap<number, string>): Scan {
  return {
    stats: new Map(living.map((stat) => [stat.pid, stat])),
    nonces,
    byParent: Map.groupBy(living, ({ ppid }) => ppid),
    byGroup: Map.groupBy(living, ({ pgid }) => pgid),
    bySession: Map.groupBy(living, ({ sid }) => sid),
    byNonce: Map.groupBy(living, ({ pid }) => nonces.get(pid)),
  };
}

/** The processes of one launch. */
export interface Ownership {
  /** Members of the leader's process group; empty when that group cannot be shown to be ours. */
  readonly group: readonly ProcStat[];
  /** The rest: left the group (setsid), or children that dropped their environment. */
  readonly strays: readonly ProcStat[];
}

/**
 * Who belongs to `identity`: its group, every holder of the nonce, and their descendants unless these carry another
 * nonce. `leaderIsOurs` is the caller's {@link verify}: without it the group counts only if a member carries the nonce,
 * for its number may belong to strangers by now (R5). `kin` are processes seen in the tree before, by pid and start.
 */
export function ownership(
  seen: Scan,
  identity: Pick<ProcessIdentity, 'pid' | 'nonce'>,
  leaderIsOurs: boolean,
  kin: ReadonlyMap<number, number> = new Map(),
): Ownership {
  const nonceOf = ({ pid }: ProcStat) => seen.nonces.get(pid);
  const members = seen.byGroup.get(identity.pid) ?? [];
  const groupIsOurs = leaderIsOurs || members.some((stat) => nonceOf(stat) === identity.nonce);
  const group = groupIsOurs ? members : [];
  const session = groupIsOurs ? (seen.bySession.get(identity.pid) ?? []) : [];
  const holders = seen.byNonce.get(identity.nonce) ?? [];
  const known = [...kin].flatMap(([pid, startTicks]) => {
    const stat = seen.stats.get(pid);
    return stat?.startTicks === startTicks ? [stat] : [];
  });

  const ours = new Set<ProcStat>();
  const claim = (stat: ProcStat) => {
    if (ours.has(stat) || stat.pid === process.pid) return;
    ours.add(stat);
    for (const child of seen.byParent.get(stat.pid) ?? []) {
      if ([undefined, identity.nonce].includes(nonceOf(child))) claim(child);
    }
  };
  for (const stat of [...group, ...session, ...holders, ...known]) claim(stat);
  return { group, strays: [...ours].filter((stat) => !group.includes(stat)) };
}

/**
 * The group of `identity` may be signalled now: its leader is verified, or a member carries the nonce. Reads the process
 * table at this moment; `candidates` are the members to ask.
 */
export function groupIsOurs(identity: ProcessIdentity, candidates: readonly ProcStat[]): boolean {
  const liveness = verify(identity);
  if (liveness === 'alive') return aliveStat(identity.pid)?.pgid === identity.pid;
  if (liveness === 'foreign') return false;
  return candidates.some(({ pid }) => aliveStat(pid)?.pgid === identity.pid && readNonce(pid) === identity.nonce);
}

/** A {@link scan} made after this call, shared by everyone who asks before it is made. */
export const nextScan: () => Promise<Scan> = shared(scan);
