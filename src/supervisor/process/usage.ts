import { isDead, TICK_MS } from './proc-stat.ts';
import { processTable } from './process-table.ts';

export interface Usage {
  /** Percent of one core since the sample before; null in the first. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
  /** Shared pages were counted once (PSS); otherwise the sum is too large (RSS). */
  readonly pss: boolean;
}

interface Reading {
  readonly at: number;
  /** CPU time in ticks by process (pid and start), children that ended included. */
  readonly ticks: ReadonlyMap<string, number>;
  readonly cpuPercent: number | null;
}

/** Below this, ticks of 10 ms say nothing: the figure of the last sample stands. */
const SHORTEST_MS = 200;

/** CPU and memory of trees of processes (R23). Keeps one reading per name, and only of the names sampled last. */
export class UsageSampler {
  #readings = new Map<string, Reading>();

  /** Reads the processes of every group now. Processes that are gone are left out. */
  sample(groups: ReadonlyMap<string, readonly number[]>): Map<string, Usage> {
    const before = this.#readings;
    this.#readings = new Map();
    const usages = new Map<string, Usage>();
    for (const [name, members] of groups) {
      const pids = [...new Set(members)];
      const reading = next(before.get(name), pids);
      this.#readings.set(name, reading);
      const memories = pids.map((pid) => processTable.memory(pid));
      usages.set(name, {
        cpuPercent: reading.cpuPercent,
        memoryBytes: memories.reduce((sum, { bytes }) => sum + bytes, 0),
        pss: memories.every(({ pss }) => pss),
      });
    }
    return usages;
  }
}

function next(before: Reading | undefined, pids: readonly number[]): Reading {
  const at = performance.now();
  if (before && at - before.at < SHORTEST_MS) return before;
  const ticks = new Map<string, number>();
  for (const pid of pids) {
    const stat = processTable.stat(pid);
    if (!stat || isDead(stat)) continue;
    ticks.set(`${pid} ${stat.startTicks}`, stat.userTicks + stat.systemTicks + stat.childTicks);
  }
  if (!before) return { at, ticks, cpuPercent: null };
  // The time of a child that was waited for has moved to its parent, so only the sums compare. A child that went to init
  // takes its time along, which must not show as a negative load.
  const spent = Math.max(0, sum(ticks) - sum(before.ticks));
  return { at, ticks, cpuPercent: (100 * spent * TICK_MS) / (at - before.at) };
}

function sum(ticks: ReadonlyMap<string, number>): number {
  return ticks.values().reduce((total, value) => total + value, 0);
}
