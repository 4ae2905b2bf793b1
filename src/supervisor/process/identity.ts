import { isDead, type ProcStat } from './proc-stat.ts';
import { processTable } from './process-table.ts';
import { recordedCommand } from './recorder.ts';

export type { ProcStat };

/** The variable that carries a launch's nonce into every process of its tree. */
export const NONCE_VARIABLE = 'MCP_SUP_ID';

/** What tells one process from every other that ever had its pid (R3). Plain JSON, holds no secret. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Birth in ticks; two processes can share pid and tick when the pid was reused at once, hence the nonce. */
  readonly startTicks: number;
  readonly bootId: string;
  readonly pidNamespace: string;
  /** Value of {@link NONCE_VARIABLE} in the environment of the process and of all it starts. */
  readonly nonce: string;
}

/**
 * `gone`: ended, a zombie, or of an earlier boot. `reused`: the pid belongs to somebody else now. `foreign`: of another
 * pid namespace, whose pids mean nothing here. `unknown`: everything fits but the nonce is not to be seen, so it must not
 * be taken for ours.
 */
export type Liveness = 'alive' | 'gone' | 'reused' | 'foreign' | 'unknown';

export function verify(identity: ProcessIdentity): Liveness {
  if (identity.bootId !== readBootId()) return 'gone';
  if (identity.pidNamespace !== readPidNamespace()) return 'foreign';
  const before = aliveStat(identity.pid);
  if (!before) return 'gone';
  if (before.startTicks !== identity.startTicks) return 'reused';
  const nonce = readNonce(identity.pid);
  // Unreadable means another user's process or one that changed its privileges; a signal to the former is refused anyway.
  if (nonce === identity.nonce || nonce === 'unreadable') return 'alive';
  if (nonce !== null) return 'reused';
  return aliveStat(identity.pid) ? 'unknown' : 'gone';
}

/** Whether the pids of that identity mean anything to us: same boot, same pid namespace. */
export function isOfHere(identity: ProcessIdentity): boolean {
  return identity.bootId === readBootId() && identity.pidNamespace === readPidNamespace();
}

/** The identity of a process that was just started with `nonce`; null when it is not there any more. */
export function identify(pid: number, nonce: string): ProcessIdentity | null {
  const stat = readStat(pid);
  return stat && { pid, startTicks: stat.startTicks, bootId: readBootId(), pidNamespace: readPidNamespace(), nonce };
}

export function readStat(pid: number): ProcStat | null {
  return processTable.stat(pid);
}

/** As {@link readStat}, but null for zombies too. */
export function aliveStat(pid: number): ProcStat | null {
  const stat = readStat(pid);
  return stat && !isDead(stat) ? stat : null;
}

export function readBootId(): string {
  return processTable.bootId();
}

export function readPidNamespace(): string {
  return processTable.pidNamespace();
}

/** The nonce a process was started with; null when it has none or is gone. */
export function readNonce(pid: number): string | null | 'unreadable' {
  return processTable.variable(pid, NONCE_VARIABLE);
}

/** Start of a process in milliseconds since the epoch, by the wall clock of now (so it follows a corrected clock). */
export function startedAt(startTicks: number): number {
  return processTable.startedAt(startTicks);
}

/**
 * The command line on one line, control characters shown as spaces; empty when the process is gone. May hold secrets that
 * somebody put there. An exit recorder is shown as the plain `sh -c` it stands for.
 */
export function commandLine(pid: number): string {
  const argv = processTable.argv(pid);
  const recorded = recordedCommand(argv);
  return (recorded ? ['sh', '-c', ...recorded] : argv)
    .join(' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}
