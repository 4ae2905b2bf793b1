import { execFileSync } from 'node:child_process';
import { type ProcStat, TICK_MS } from './proc-stat.ts';

/**
 * The process table of macOS, read through `ps`: about 20 ms a call, start times exact to a second, and no environment
 * of binaries under system protection (such as /bin/sh), for which {@link variable} says `unreadable`.
 */
export const darwinTable = { stat, all, variable, variables, argv, memory, bootId, pidNamespace, startedAt };

const COLUMNS = 'pid=,ppid=,pgid=,stat=,lstart=,time=';

function stat(pid: number): ProcStat | null {
  return parsePs(ps('-o', COLUMNS, '-p', String(pid)))[0] ?? null;
}

function all(): ProcStat[] {
  return parsePs(ps('-ax', '-o', COLUMNS));
}

/** Parses rows of `ps -o pid=,ppid=,pgid=,stat=,lstart=,time=`; lines that are none are left out. */
export function parsePs(text: string): ProcStat[] {
  const row = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S)\S*\s+(\w{3}\s+\w{3}\s+\d+\s+[\d:]{8}\s+\d{4})\s+([\d:.-]+)\s*$/;
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, pgid, state = '', started = '', time = ''] = row.exec(line) ?? [];
    if (pid === undefined) return [];
    return {
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      // The session column is an address or 0 there; a leader's session equals its group.
      sid: Number(pgid),
      state,
      startTicks: Date.parse(started) / TICK_MS,
      userTicks: cpuTicks(time),
      systemTicks: 0,
      childTicks: 0,
      threads: 1,
    };
  });
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` in ticks. */
function cpuTicks(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days) * 86_400;
  return Math.round((seconds * 1000) / TICK_MS);
}

function variable(pid: number, name: string): string | null | 'unreadable' {
  const plain = ps('-ww', '-o', 'command=', '-p', String(pid)).trim();
  const extended = ps('-Eww', '-o', 'command=', '-p', String(pid)).trim();
  if (!plain) return null;
  return valueIn(extended, name) ?? (extended === plain ? 'unreadable' : null);
}

function variables(name: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const line of ps('-axEww', '-o', 'pid=,command=').split('\n')) {
    const value = valueIn(line, name);
    if (value !== null) found.set(Number.parseInt(line, 10), value);
  }
  return found;
}

function valueIn(line: string, name: string): string | null {
  return new RegExp(` ${name}=(\\S+)`).exec(line)?.[1] ?? null;
}

/** The whole command line as one word: `ps` does not tell where the arguments part. */
function argv(pid: number): readonly string[] {
  const command = ps('-ww', '-o', 'command=', '-p', String(pid)).trim();
  return command ? [command] : [];
}

function memory(pid: number): { bytes: number; pss: boolean } {
  return { bytes: Number(ps('-o', 'rss=', '-p', String(pid))) * 1024, pss: false };
}

let boot: string | undefined;
function bootId(): string {
  boot ??= execFileSync('sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim();
  return boot;
}

function pidNamespace(): string {
  return 'none';
}

function startedAt(startTicks: number): number {
  return startTicks * TICK_MS;
}

/** Runs `ps` in the C locale; empty when no process matched. */
function ps(...args: string[]): string {
  try {
    return execFileSync('ps', args, {
      encoding: 'utf8',
      env: { PATH: '/bin:/usr/bin', LC_ALL: 'C' },
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return '';
  }
}
