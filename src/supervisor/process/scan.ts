import { aliveStat, NONCE_VARIABLE, type ProcessIdentity, readNonce, verify } from './identity.ts';
import { isDead, type ProcStat } from './proc-stat.ts';
import { processTable } from './process-table.ts';

/** The process table at one moment: the living, and who carries a nonce of ours. */
export interface Scan {
  readonly stats: ReadonlyMap<number, ProcStat>;
  readonly nonces: ReadonlyMap<number, string>;
}

export function scan(): Scan {
  const stats = new Map<number, ProcStat>();
  for (const stat of processTable.all()) if (!isDead(stat)) stats.set(stat.pid, stat);
  return { stats, nonces: processTable.variables(NONCE_VARIABLE) };
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
  { stats, nonces }: Scan,
  identity: Pick<ProcessIdentity, 'pid' | 'nonce'>,
  leaderIsOurs: boolean,
  kin: ReadonlyMap<number, number> = new Map(),
): Ownership {
  const holds = (stat: ProcStat) => nonces.get(stat.pid) === identity.nonce;
  const members = [...stats.values()].filter((stat) => stat.pgid === identity.pid);
  const groupIsOurs = leaderIsOurs || members.some(holds);
  const others = (stat: ProcStat) => nonces.has(stat.pid) && !holds(stat);

  const ours = new Set<ProcStat>();
  const claim = (stat: ProcStat) => {
    if (ours.has(stat) || stat.pid === process.pid) return;
    ours.add(stat);
    for (const child of children.get(stat.pid) ?? []) if (!others(child)) claim(child);
  };
  const children = Map.groupBy(stats.values(), (stat) => stat.ppid);
  for (const stat of stats.values()) {
    const inGroup = groupIsOurs && (stat.pgid === identity.pid || stat.sid === identity.pid);
    if (inGroup || holds(stat) || kin.get(stat.pid) === stat.startTicks) claim(stat);
  }
  const group = groupIsOurs ? members : [];
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

let pending: Promise<Scan> | null = null;
let notBefore = 0;

/**
 * A scan made after this call, shared by everyone who asks before it is made. At most half the time goes into scanning,
 * however many stops are under way.
 */
export function nextScan(): Promise<Scan> {
  pending ??= new Promise((resolve) => {
    setTimeout(
      () => {
        pending = null;
        const began = performance.now();
        const result = scan();
        const ended = performance.now();
        notBefore = ended + (ended - began);
        resolve(result);
      },
      Math.max(1, notBefore - performance.now()),
    );
  });
  return pending;
}
