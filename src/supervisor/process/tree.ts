import { commandLine, isOfHere, NONCE_VARIABLE, type ProcessIdentity, verify } from './identity.ts';
import { firstListener, type Listeners, readListeners } from './ports.ts';
import { isDead, type ProcStat } from './proc-stat.ts';
import { processTable } from './process-table.ts';
import { ownership, type Scan, scan } from './scan.ts';
import { shared } from './shared-reading.ts';
import { isWrapper } from './wrappers.ts';

export interface TreeMember {
  readonly pid: number;
  readonly ppid: number;
  /** Command line on one line; may hold secrets. */
  readonly command: string;
}

/** The living members of a process group. */
export function groupMembers(pgid: number): ProcStat[] {
  return processTable.all().filter((stat) => stat.pgid === pgid && !isDead(stat));
}

/** Which living processes carry which nonce, from a pass over the process table after this call that all askers share. */
export const nextNonces: () => Promise<ReadonlyMap<string, readonly number[]>> = shared(() =>
  invert(processTable.variables(NONCE_VARIABLE)),
);

function invert(nonces: ReadonlyMap<number, string>): Map<string, number[]> {
  const pids = Map.groupBy(nonces, ([, nonce]) => nonce);
  return new Map([...pids].map(([nonce, holders]) => [nonce, holders.map(([pid]) => pid)]));
}

/**
 * Every living process of a launch by pid: the group, whoever carries the nonce although it left the group, and their
 * children. Empty when nothing of it is left or it is not ours to know. One scan serves any number of trees.
 */
export function treeOf(identity: ProcessIdentity, seen: Scan = scan()): TreeMember[] {
  if (!isOfHere(identity)) return [];
  const { group, strays } = ownership(seen, identity, verify(identity) === 'alive');
  return [...group, ...strays]
    .sort((a, b) => a.pid - b.pid)
    .map(({ pid, ppid }) => ({ pid, ppid, command: commandLine(pid) }));
}

/**
 * The server itself (F23): the process nearest to the leader that listens on the server's port, else the nearest that is
 * neither a shell nor a launcher such as npx or uv. Where there is none, the deepest of those. Null for an empty tree.
 */
export function realServer(
  members: readonly TreeMember[],
  leaderPid: number,
  port: number | null = null,
  listeners: () => Listeners = readListeners,
): number | null {
  const pids = new Set(members.map(({ pid }) => pid));
  const below = levels(members, ({ pid }) => pid === leaderPid);
  // Daemons that left the leader, or everyone when the leader is gone.
  const apart = levels(members, ({ pid, ppid }) => pid !== leaderPid && !pids.has(ppid));
  const candidates = [...below, ...apart].flat();
  const listening =
    port === null
      ? null
      : firstListener(
          port,
          candidates.map(({ pid }) => pid),
          listeners(),
        );
  if (listening !== null) return listening;
  const server = candidates.find(({ command }) => command !== '' && !isWrapper(command));
  return (server ?? (below.at(-1) ?? apart.at(-1))?.[0])?.pid ?? null;
}

/** The members that satisfy `isRoot`, then their children, then theirs. */
function levels(members: readonly TreeMember[], isRoot: (member: TreeMember) => boolean): TreeMember[][] {
  const rest = new Set(members);
  const found: TreeMember[][] = [];
  for (let level = members.filter(isRoot); level.length > 0; ) {
    found.push(level);
    for (const member of level) rest.delete(member);
    const parents = new Set(level.map(({ pid }) => pid));
    level = [...rest].filter(({ ppid }) => parents.has(ppid));
  }
  return found;
}
