import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type ProcStat, parseStat, TICK_MS } from './proc-stat.ts';

/** The process table of Linux, read from /proc without starting anything. */
export const linuxTable = { stat, all, variable, variables, argv, memory, bootId, pidNamespace, startedAt };

function stat(pid: number): ProcStat | null {
  const text = read(`/proc/${pid}/stat`, 'latin1');
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
  let environ: string;
  try {
    environ = readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch (error) {
    return isDenied(error) ? 'unreadable' : null;
  }
  const prefix = `${name}=`;
  // After setproctitle the area may hold anything: only a whole entry counts.
  const start = environ.startsWith(prefix) ? 0 : environ.indexOf(`\0${prefix}`) + 1;
  if (start === 0 && !environ.startsWith(prefix)) return null;
  const end = environ.indexOf('\0', start);
  return environ.slice(start + prefix.length, end < 0 ? undefined : end);
}

function variables(name: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const pid of pids()) {
    const value = variable(pid, name);
    if (value !== null && value !== 'unreadable') found.set(pid, value);
  }
  return found;
}

function argv(pid: number): readonly string[] {
  const text = read(`/proc/${pid}/cmdline`, 'utf8');
  if (!text) return [];
  return text.replace(/\0+$/, '').split('\0');
}

/** PSS counts a page shared by n processes as 1/n, so a tree can be summed; RSS where the kernel refuses it. */
function memory(pid: number): { bytes: number; pss: boolean } {
  const rollup = read(`/proc/${pid}/smaps_rollup`, 'latin1');
  const pss = rollup && /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  if (pss) return { bytes: Number(pss) * 1024, pss: true };
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`, 'latin1') ?? '')?.[1];
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

let bootEpoch = 0;
function startedAt(startTicks: number): number {
  const uptimeMs = Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1000;
  const measured = Date.now() - uptimeMs;
  // Two readings differ by a tick; only a real step of the wall clock may move a start time on screen.
  if (Math.abs(measured - bootEpoch) > 100) bootEpoch = measured;
  return Math.round(bootEpoch + startTicks * TICK_MS);
}

/** The file's text, or null when the process is gone or not ours to read. */
function read(path: string, encoding: 'latin1' | 'utf8'): string | null {
  try {
    return readFileSync(path, encoding);
  } catch {
    return null;
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
}
