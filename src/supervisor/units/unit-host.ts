import type { LaunchSpec } from '../../registry/launch-spec.ts';
import type { Result } from '../../registry/problem.ts';
import type { UnitRecord } from '../journal.ts';
import type { LogClock } from '../logs/time-index.ts';
import type { ExitWatch } from '../process/exit-watch.ts';
import type { Slots } from './slots.ts';

/** Whose environment a run gets on top of the supervisor's own. */
export interface Starter {
  /** Wins over everything. */
  readonly runEnv: Readonly<Record<string, string>>;
  /** Stands for the environment of whoever asked for the start. */
  readonly callerEnv: Readonly<Record<string, string>>;
}

export const NO_STARTER: Starter = { runEnv: {}, callerEnv: {} };

/** What a unit needs from the supervisor around it. */
export interface UnitHost {
  readonly runtimeDir: string;
  readonly exitWatch: ExitWatch;
  readonly logClock: LogClock;
  /** Launches under way at once (R28) and probes under way at once (R12). */
  readonly launchSlots: Slots;
  readonly probeSlots: Slots;
  readonly logLimits: { readonly maxBytes: number; readonly keep: number };
  /**
   * False in a command that only came to stop something, and once another process may supervise: what is wanted is
   * started by the next supervisor.
   */
  mayLaunch(): boolean;
  /** Grows with the number of units, so that a thousand of them cost no more than a few. */
  probeStretch(): number;
  resolve(name: string, starter: Starter): Result<LaunchSpec>;
  diskFull(): boolean;
  /** False when it could not be written; the unit then holds back what must not happen unrecorded. */
  save(record: UnitRecord): boolean;
  note(server: string, kind: string, text: string): void;
  changed(name: string): void;
  forget(name: string): void;
}
