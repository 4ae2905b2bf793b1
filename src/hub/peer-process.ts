import { readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { maskInline } from '../registry/mask.ts';
import { aliveStat, commandLine } from '../supervisor/process/identity.ts';
import { socketsOf } from '../supervisor/process/listeners.ts';

/** The process at the other end of a loopback connection. */
export interface PeerProcess {
  readonly pid: number;
  readonly startTicks: number;
  /** Secrets masked. */
  readonly command: string;
}

/** Processes that connected before: who connects again is found without a look at all. */
const known = new Map<number, PeerProcess>();
const MAX_KNOWN = 200;

/** Null where the kernel does not tell: another user's process, another machine, macOS. */
export function processBehind(socket: Socket): PeerProcess | null {
  const { remotePort, localPort } = socket;
  if (process.platform !== 'linux' || remotePort === undefined || localPort === undefined) return null;
  const inode = inodeOf(remotePort, localPort);
  if (inode === null) return null;
  for (const peer of known.values()) {
    if (aliveStat(peer.pid)?.startTicks !== peer.startTicks) known.delete(peer.pid);
    else if (socketsOf([peer.pid]).has(inode)) return peer;
  }
  const pid = pids().find((candidate) => socketsOf([candidate]).has(inode));
  const stat = pid === undefined ? null : aliveStat(pid);
  if (!stat) return null;
  const peer = { pid: stat.pid, startTicks: stat.startTicks, command: maskInline(commandLine(stat.pid)) };
  known.set(peer.pid, peer);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
  return peer;
}

/** Newest first: who connects has often just started. */
function pids(): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .sort((a, b) => b - a);
}

const ESTABLISHED = '01';

function inodeOf(localPort: number, remotePort: number): number | null {
  for (const table of ['tcp', 'tcp6']) {
    for (const line of readTable(table)) {
      const [, local = '', remote = '', state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === ESTABLISHED && portOf(local) === localPort && portOf(remote) === remotePort) return Number(inode);
    }
  }
  return null;
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}

function readTable(name: string): readonly string[] {
  try {
    return readFileSync(`/proc/net/${name}`, 'latin1').split('\n');
  } catch {
    // No IPv6 here.
    return [];
  }
}
