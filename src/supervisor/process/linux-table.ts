import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { isDead, type ProcStat, parseStat, TICK_MS } from './proc-stat.ts';

/** The process table of Linux, read from /proc without starting anything. */
export const linuxTable = { stat, all, variable, variables, argv, memory, bootId, pidNamespace, startedAt };

function stat(pid: number): ProcStat | null {
  const text = read(`/proc/${pid}/stat`)?.toString('latin1') ?? null;
  return text === null ? null : parseStat(text);
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function all(): ProcStat[] {
  return pids()
    .map(stat)
    .filter((row) => row !== null);
}

function variable(pid: number, name: string): string | null | 'unreadable' {
  const environ = environment(pid);
  return environ === null || environ === 'unreadable' ? environ : valueIn(environ, name);
}

function variables(name: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of pids()) {
    const value = variable(pid, name);
    if (value !== null && value !== 'unreadable') found.set(pid, value);
  }
  return found;
}

/**
 * In the middle of exec a process shows no environment for a fraction of a millisecond: a daemon that was just started must
 * not be overlooked for that. So long it is asked again, if it is young; whoever is older and shows none, has none (milliseconds).
 */
const EXEC_MS = 5;
const YOUNG_MS = 1_000;
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** Empty for kernel threads and for who has none; null when the process is gone. */
function environment(pid: number): Buffer | null | 'unreadable' {
  const path = `/proc/${pid}/environ`;
  try {
    let environ = readNow(path);
    if (environ.length > 0 || !mayBeInExec(pid)) return environ;
    for (const deadline = performance.now() + EXEC_MS; performance.now() < deadline; ) {
      Atomics.wait(NEVER, 0, 0, EXEC_MS / 20);
      environ = readNow(path);
      if (environ.length > 0) break;
    }
    return environ;
  } catch (error) {
    return isDenied(error) ? 'unreadable' : null;
  }
}

/** Kernel threads, of which there are hundreds, show no environment either: proc(5), field 9, PF_KTHREAD. */
const KERNEL_THREAD = 0x200000;

function mayBeInExec(pid: number): boolean {
  const text = read(`/proc/${pid}/stat`)?.toString('latin1') ?? '';
  const flags = Number(text.slice(text.lastIndexOf(')') + 2).split(' ', 7)[6]);
  const found = (flags & KERNEL_THREAD) === 0 ? parseStat(text) : null;
  return found !== null && !isDead(found) && uptimeMs() - found.startTicks * TICK_MS < YOUNG_MS;
}

/** After setproctitle the area may hold anything: only a whole entry counts. */
function valueIn(environ: Buffer, name: string): string | null {
  const prefix = `${name}=`;
  const first = environ.indexOf(prefix) === 0;
  const start = first ? 0 : environ.indexOf(`\0${prefix}`) + 1;
  if (start === 0 && !first) return null;
  const end = environ.indexOf(0, start);
  return environ.toString('utf8', start + prefix.length, end < 0 ? environ.length : end);
}

function argv(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/cmdline`)?.toString('utf8');
  if (!text) return [];
  return text.replace(/\0+$/, '').split('\0');
}

/** PSS counts a page shared by n processes as 1/n, so a tree can be summed; RSS where the kernel refuses it. */
function memory(pid: number): { bytes: number; pss: boolean } {
  const rollup = read(`/proc/${pid}/smaps_rollup`)?.toString('latin1');
  const pss = rollup && /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  if (pss) return { bytes: Number(pss) * 1024, pss: true };
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`)?.toString('latin1') ?? '')?.[1];
  // No VmRSS: a zombie or a kernel thread, which has no memory to measure either way.
  return { bytes: Number(rss ?? 0) * 1024, pss: rss === undefined };
}

let boot: string | undefined;
function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return boot;
}

let namespace: string | undefined;
function pidNamespace(): string {
  namespace ??= readlinkSync('/proc/self/ns/pid');
  return namespace;
}

function uptimeMs(): number {
  return Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
}

let bootEpoch = 0;
function startedAt(startTicks: number): number {
  const measured = Date.now() - uptimeMs();
  // Two readings differ by a tick; only a real step of the wall clock may move a start time on screen.
  if (Math.abs(measured - bootEpoch) > 100) bootEpoch = measured;
  return Math.round(bootEpoch + startTicks * TICK_MS);
}

/** The file's bytes, or null when the process is gone or not ours to read. They are only good until the next call. */
function read(path: string): Buffer | null {
  try {
    return readNow(path);
  } catch {
    return null;
  }
}

const buffer = Buffer.allocUnsafeSlow(64 * 1024);

/**
 * A pass over the table reads hundreds of these files. `readFileSync` asks for the size first (0 in /proc) and reads until
 * nothing comes, for which the kernel makes the text anew; one read of what surely fits takes half the time.
 */
function readNow(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    return length < buffer.length ? buffer.subarray(0, length) : readFileSync(fd);
  } finally {
    closeSync(fd);
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
