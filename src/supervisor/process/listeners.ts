import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';

/** One TCP socket that listens. */
export interface Listener {
  /** The socket's inode (Linux), by which its holder is found; on macOS the holder's pid. */
  readonly inode: number;
  /** `127.0.0.1`, `0.0.0.0`, `::1`, `::`, … */
  readonly address: string;
  readonly uid: number;
}

/** Every listening TCP socket of this network namespace by port. */
export function readListeners(): Map<number, Listener[]> {
  const rows = process.platform === 'darwin' ? readLsof() : [...readTable('tcp'), ...readTable('tcp6')];
  const byPort = Map.groupBy(rows, ({ port }) => port);
  return new Map([...byPort].map(([port, list]) => [port, list.map(({ port: _, ...listener }) => listener)]));
}

/** The listening sockets among the descriptors of these processes; those of other users' processes stay unseen. */
export function socketsOf(pids: readonly number[]): Set<number> {
  return new Set(process.platform === 'darwin' ? pids : pids.flatMap(inodesOf));
}

/** A process that has this socket open; null when that is not ours to see. */
export function whoHolds({ inode }: Listener): number | null {
  if (process.platform === 'darwin') return inode;
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.find((pid) => inodesOf(pid).includes(inode)) ?? null;
}

function inodesOf(pid: number): number[] {
  let descriptors: string[];
  try {
    descriptors = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
  return descriptors.flatMap((fd) => {
    try {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [Number(inode)];
    } catch {
      return [];
    }
  });
}

type Row = Listener & { readonly port: number };

const LISTEN = '0A';

function readTable(name: 'tcp' | 'tcp6'): Row[] {
  let text: string;
  try {
    text = readFileSync(`/proc/net/${name}`, 'latin1');
  } catch {
    // No IPv6 here.
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state !== LISTEN) return [];
    const [address = '', port = ''] = local.split(':');
    return { port: Number.parseInt(port, 16), address: formatAddress(address), uid: Number(uid), inode: Number(inode) };
  });
}

/** The kernel prints addresses as 32-bit words in the machine's own byte order. */
export function formatAddress(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => {
    const pairs = (word.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    return endianness() === 'LE' ? pairs.reverse() : pairs;
  });
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  // The URL parser knows the canonical short form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** `lsof` in field mode: p = pid, u = uid, n = address:port, each valid for what follows. */
function readLsof(): Row[] {
  let text: string;
  try {
    text = execFileSync('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpun'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return [];
  }
  return parseLsof(text);
}

export function parseLsof(text: string): Row[] {
  const rows: Row[] = [];
  let [inode, uid] = [0, 0];
  for (const line of text.split('\n')) {
    const value = line.slice(1);
    if (line.startsWith('p')) inode = Number(value);
    if (line.startsWith('u')) uid = Number(value);
    const [, host = '', port] = (line.startsWith('n') && /^\[?(.*?)\]?:(\d+)$/.exec(value)) || [];
    if (port !== undefined) rows.push({ port: Number(port), address: host === '*' ? '::' : host, uid, inode });
  }
  return rows;
}
