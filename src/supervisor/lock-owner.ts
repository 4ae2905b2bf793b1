import { join } from 'node:path';
import { readSmallFile } from './process/file-guard.ts';
import { readStat } from './process/identity.ts';

export interface LockOwner {
  readonly pid: number;
  readonly startTicks: number;
  /** Stopped by SIGSTOP or Ctrl-Z: it holds the lock but answers nobody. */
  readonly suspended: boolean;
}

/** Who holds the lock by the pid file, if that very process is alive; null when nobody does. */
export function lockOwner(runtimeDir: string): LockOwner | null {
  const file = readSmallFile(join(runtimeDir, 'supervisor.pid'), 64);
  const [pid, startTicks] = (file?.text ?? '').trim().split(' ').map(Number);
  if (!pid || startTicks === undefined) return null;
  const stat = readStat(pid);
  if (!stat || stat.startTicks !== startTicks || stat.state === 'Z' || stat.state === 'X') return null;
  return { pid, startTicks, suspended: stat.state === 'T' || stat.state === 't' };
}
