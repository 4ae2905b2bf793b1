import type { Problem } from '../registry/problem.ts';
import type { DiskWatch } from './disk-watch.ts';
import type { Fleet } from './fleet.ts';
import { logPath } from './logs/log-file.ts';
import type { Sampler } from './sampler.ts';
import { mayTryAgain } from './units/blockers.ts';
import type { UnitRunner } from './units/unit-runner.ts';

/** What happens every two seconds, whoever looks. */
export const TICK_MS = 2_000;

export interface HousekeepingParts {
  readonly runtimeDir: string;
  readonly fleet: Fleet;
  readonly disk: DiskWatch;
  readonly sampler: Sampler;
  /** How long there may be nothing to do before `onIdle`; 0 = for ever. Milliseconds. */
  readonly idleExitMs: number;
  /** False once another process may supervise this directory. */
  isOurs(): boolean;
  /** Somebody is attached and looks. */
  isWatched(): boolean;
  /** A client uses the hub. */
  isUsed(): boolean;
  onBannerChanged(): void;
  onUsageChanged(runner: UnitRunner): void;
  onIdle(): void;
  onLost(): void;
}

/** Looks whether blocked units may try again, samples usage while somebody looks, notices a full disk, idleness and a lost directory. */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  readonly #timer: NodeJS.Timeout;
  #banner = '';
  #busyAt = performance.now();

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { fleet, sampler, isOurs, isWatched, onUsageChanged, onLost } = this.#parts;
    if (!isOurs()) {
      onLost();
      return;
    }
    this.#noticeFullDisk(this.#parts.disk.banner());
    for (const runner of fleet.all) {
      void this.#retryBlocked(runner);
      runner.sleepIfUnused();
    }
    if (isWatched()) for (const runner of sampler.sample(fleet.all, TICK_MS / 2)) onUsageChanged(runner);
    this.#noticeIdleness();
  }

  #noticeFullDisk(banner: Problem | null): void {
    if ((banner?.what ?? '') === this.#banner) return;
    this.#banner = banner?.what ?? '';
    this.#parts.onBannerChanged();
  }

  async #retryBlocked(runner: UnitRunner): Promise<void> {
    const { phase, epoch, desired } = runner.unit;
    if (phase.state !== 'blocked' || desired !== 'running') return;
    const { disk, runtimeDir } = this.#parts;
    const look = { spec: runner.spec, diskFull: disk.isFull(), logPath: logPath(runtimeDir, runner.name) };
    if ((await mayTryAgain(phase.on, look)) && runner.unit.epoch === epoch) runner.dispatch({ type: 'unblocked' });
  }

  /** Nothing wanted and nobody attached for a while: an embedded supervisor has no reason to stay. */
  #noticeIdleness(): void {
    const { fleet, idleExitMs, isWatched, isUsed, onIdle } = this.#parts;
    const busy = isWatched() || isUsed() || fleet.all.some(({ unit }) => unit.desired === 'running' || unit.live);
    if (busy) this.#busyAt = performance.now();
    if (idleExitMs > 0 && performance.now() - this.#busyAt >= idleExitMs) onIdle();
  }
}
