import { listenersOnDemand } from './process/ports.ts';
import { scan } from './process/scan.ts';
import { realServer, treeOf } from './process/tree.ts';
import { UsageSampler } from './process/usage.ts';
import type { UnitRunner } from './units/unit-runner.ts';
import type { Usage } from './units/unit-view.ts';

/** Who belongs to a tree changes rarely and takes a pass over the whole process table to see (milliseconds). */
const TREES_LAST_MS = 10_000;

type Trees = ReadonlyMap<UnitRunner, ReturnType<typeof treeOf>>;

/** CPU, memory and the real server's pid of every running unit. Looks only when somebody does. */
export class Sampler {
  readonly #usage = new UsageSampler();
  #at = 0;
  #trees: Trees = new Map();
  /** Which launches in which states `#trees` is about, and since when. */
  #launches = '';
  #treesAt = 0;

  /** Takes a sample unless the last one is younger than `maxAgeMs`. Returns the units that changed visibly. */
  sample(runners: readonly UnitRunner[], maxAgeMs: number): readonly UnitRunner[] {
    const now = performance.now();
    if (this.#at > 0 && now - this.#at < maxAgeMs) return [];
    this.#at = now;
    const trees = this.#treesOf(runners, now);
    const pids = new Map([...trees].map(([runner, members]) => [runner.name, members.map(({ pid }) => pid)]));
    const figures = this.#usage.sample(pids);
    const listeners = listenersOnDemand();
    const changed: UnitRunner[] = [];
    for (const [runner, members] of trees) {
      const figure = figures.get(runner.name);
      const leader = runner.identity?.pid;
      // Who listens is only looked up when the one that did is gone.
      if (leader !== undefined && !members.some(({ pid }) => pid === runner.work.serverPid))
        runner.work.serverPid = realServer(members, leader, runner.spec?.port ?? null, listeners);
      const usage = { cpuPercent: figure?.cpuPercent ?? null, memoryBytes: figure?.memoryBytes ?? null };
      if (visiblyDiffers(runner.usage, usage)) changed.push(runner);
      runner.usage = usage;
    }
    return changed;
  }

  #treesOf(runners: readonly UnitRunner[], now: number): Trees {
    const launches = runners.map(({ identity, unit }) => `${identity?.nonce}${unit.phase.state}`).join();
    if (launches !== this.#launches || now - this.#treesAt > TREES_LAST_MS) {
      this.#launches = launches;
      this.#treesAt = now;
      this.#trees = treesOf(runners);
    }
    return this.#trees;
  }
}

/** Whether a table that shows 0.1 % and whole megabytes would look different: only then is there anything to send. */
function visiblyDiffers(a: Usage, b: Usage): boolean {
  const shown = ({ cpuPercent, memoryBytes }: Usage): string =>
    `${cpuPercent === null ? '-' : cpuPercent.toFixed(1)} ${memoryBytes === null ? '-' : Math.round(memoryBytes / 1_048_576)}`;
  return shown(a) !== shown(b);
}

function treesOf(runners: readonly UnitRunner[]): Trees {
  const seen = scan();
  return new Map(runners.flatMap((runner) => (runner.identity ? [[runner, treeOf(runner.identity, seen)]] : [])));
}
