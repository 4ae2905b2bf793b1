import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readStat } from './process/identity.ts';

export interface LockOwner {
  readonly pid: number;
  readonly startTicks: number;
  /** Stopped by SIGSTOP or Ctrl-Z: it holds the lock but answers nobody. */
  readonly suspended: boolean;
}

/** Who holds the lock by the pid file, if that very process is alive; null when nobody does. */
export function lockOwner(runtimeDir: string): LockOwner | null {
  let text: string;
  try {
    text = readFileSync(join(runtimeDir, 'supervisor.pid'), 'utf8');
  } catch {
    return null;
  }
  const [pid, startTicks] = text.trim().split(' ').map(Number);
  if (!pid || startTicks === undefined) return null;
  const stat = readStat(pid);
  if (!stat || stat.startTicks !== startTicks || stat.state === 'Z' || stat.state === 'X') return null;
  return { pid, startTicks, suspended: stat.state === 'T' || stat.state === 't' };
}
