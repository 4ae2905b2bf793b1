import { darwinTable } from './darwin-table.ts';
import { linuxTable } from './linux-table.ts';
import type { ProcStat } from './proc-stat.ts';

/** What one platform can tell about processes. Every call reads anew; nothing throws because a process ended. */
export interface ProcessTable {
  stat(pid: number): ProcStat | null;
  /** Every process, zombies included. */
  all(): ProcStat[];
  /** An environment variable as it was at the last exec; null: not there, or the process is gone. */
  variable(pid: number, name: string): string | null | 'unreadable';
  /** The processes that have this variable, with its value. */
  variables(name: string): Map<number, string>;
  /** Command and arguments; empty for kernel threads and the dead. */
  argv(pid: number): readonly string[];
  /** `pss`: shared pages are counted once over all who share them, so that a tree can be summed. */
  memory(pid: number): { readonly bytes: number; readonly pss: boolean };
  bootId(): string;
  /** Names the pid namespace; constant where there are none. */
  pidNamespace(): string;
  /** Milliseconds since the epoch for a start time told by `stat`. */
  startedAt(startTicks: number): number;
}

export const processTable: ProcessTable = process.platform === 'darwin' ? darwinTable : linuxTable;
