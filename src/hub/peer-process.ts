import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
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

/**
 * Null where the kernel does not tell: another user's process, another machine, macOS. The table of connections takes the
 * kernel some 10 ms to write, hence another thread; all who ask meanwhile share the next one.
 */
export async function processBehind(socket: Socket): Promise<PeerProcess | null> {
  const { remotePort, localPort } = socket;
  if (process.platform !== 'linux' || remotePort === undefined || localPort === undefined) return null;
  const inode = (await nextTable()).get(`${remotePort} ${localPort}`);
  return inode === undefined ? null : holderOf(inode);
}

function holderOf(inode: number): PeerProcess | null {
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

/** Local and remote port → inode of the socket, for every open connection. */
type Connections = ReadonlyMap<string, number>;

let reading: Promise<Connections> | null = null;
let next: Promise<Connections> | null = null;

/** A table whose reading begins after this call. */
function nextTable(): Promise<Connections> {
  next ??= (reading ?? Promise.resolve()).then(() => {
    next = null;
    reading = readConnections().finally(() => {
      reading = null;
    });
    return reading;
  });
  return next;
}

async function readConnections(): Promise<Connections> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readFile(`/proc/net/${table}`, 'latin1').catch(() => '')),
  );
  const found = new Map<string, number>();
  for (const line of tables.flatMap((text) => text.split('\n'))) {
    const [, local = '', remote = '', state, , , , , , inode] = line.trim().split(/\s+/);
    if (state === ESTABLISHED) found.set(`${portOf(local)} ${portOf(remote)}`, Number(inode));
  }
  return found;
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);
}
