import type { Problem } from '../registry/problem.ts';
import type { Desired, ExitView, UnitState } from './api.ts';

/**
 * One unit as the state machine sees it, and what can happen to it. Two counters keep stale news out: `epoch` moves with
 * every command, so that a timer set before it is a no-op (R2); `run` moves with every launch, so that news of an earlier
 * process never touches a later one. All times are milliseconds since the epoch, as the caller's clock tells them.
 */

export interface Rules {
  /** `process`: something of ours runs; `remote`: only a connection. */
  readonly kind: 'process' | 'remote';
  /** It talks MCP over its own stdin and stdout. */
  readonly stdio: boolean;
  readonly lazy: boolean;
  readonly policy: 'always' | 'on-failure' | 'never';
  readonly restartOnUnhealthy: boolean;
  readonly max: number;
  readonly windowMs: number;
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor: number;
  /** Failed probes in a row before a restart. */
  readonly probeFailures: number;
}

export const DEFAULT_RULES: Rules = {
  kind: 'process',
  stdio: false,
  lazy: false,
  policy: 'always',
  restartOnUnhealthy: true,
  max: 10,
  windowMs: 600_000,
  initialMs: 1_000,
  maxMs: 60_000,
  factor: 2,
  probeFailures: 3,
};

/** What a blocked unit waits for; decides how the engine looks whether it may try again. */
export type Blocker = 'entry' | 'path' | 'port' | 'disk' | 'runtime';

export type Phase =
  | { readonly state: 'stopped' | 'asleep' | 'starting' | 'ready' | 'degraded' | 'crashed' | 'needs-auth' | 'foreign' }
  /** `exit`: the unrequested exit that led here, when there was one. */
  | { readonly state: 'stopping'; readonly after: 'stop' | 'start' | 'fail' | 'sleep'; readonly exit: ExitView | null }
  | { readonly state: 'backoff'; readonly attempt: number; readonly nextAt: number }
  | { readonly state: 'blocked'; readonly on: Blocker };

export interface Unit {
  readonly name: string;
  readonly rules: Rules;
  readonly configured: boolean;
  readonly desired: Desired;
  readonly phase: Phase;
  /** When the phase was entered. */
  readonly since: number;
  readonly epoch: number;
  readonly run: number;
  /** A process of ours may exist (from the decision to launch until its tree is known to be empty). */
  readonly live: boolean;
  /** When this run became ready; null before. */
  readonly readyAt: number | null;
  /** Times of unrequested failures inside the sliding window. */
  readonly failures: readonly number[];
  /** Failures since the unit was last well for a minute; drives the backoff. */
  readonly streak: number;
  /** Exits with code 0 before ready, in a row. */
  readonly earlyExits: number;
  readonly restarts: number;
  readonly badProbes: number;
  readonly goodProbes: number;
  readonly cause: Problem | null;
  readonly lastExit: ExitView | null;
}

export type Event =
  /** `wake: false` leaves a lazy unit asleep; `by: 'boot'` keeps the crash budget. */
  | { readonly type: 'start'; readonly wake: boolean; readonly by: 'person' | 'boot' }
  | { readonly type: 'stop' }
  /** Nobody has called it for as long as its entry says. */
  | { readonly type: 'unused' }
  | { readonly type: 'restart' }
  | {
      readonly type: 'launch-failed';
      readonly run: number;
      readonly problem: Problem;
      readonly blocker: Blocker | null;
    }
  | { readonly type: 'gate-waiting'; readonly run: number; readonly problem: Problem }
  | { readonly type: 'gate-passed'; readonly run: number }
  | { readonly type: 'gate-timed-out'; readonly run: number; readonly problem: Problem }
  /** The first question killed it or the era was wrong: once more, at no cost. */
  | { readonly type: 'relaunch'; readonly run: number }
  | { readonly type: 'auth-needed'; readonly run: number; readonly problem: Problem }
  | { readonly type: 'exited'; readonly run: number; readonly exit: ExitView; readonly problem: Problem }
  | { readonly type: 'tree-empty'; readonly run: number }
  | { readonly type: 'probe-passed'; readonly run: number }
  | { readonly type: 'probe-failed'; readonly run: number; readonly problem: Problem }
  | { readonly type: 'timer'; readonly epoch: number }
  /** What blocked it is gone, or its entry changed. */
  | { readonly type: 'unblocked' }
  | { readonly type: 'entry-changed'; readonly rules: Rules }
  | { readonly type: 'entry-removed' }
  /** After the death of an earlier supervisor: its process is alive (`ready` if it had been), and wanted. */
  | { readonly type: 'adopted'; readonly ready: boolean }
  /** A process of this unit is still there but must not be kept (a stdio child without its pipes). */
  | { readonly type: 'leftover'; readonly wanted: boolean }
  | { readonly type: 'found-foreign'; readonly problem: Problem }
  /** It was given up under an earlier supervisor, and nobody has asked for it since. */
  | { readonly type: 'recalled-crash' };

export type Effect =
  | { readonly type: 'launch'; readonly run: number }
  | { readonly type: 'terminate'; readonly run: number }
  | { readonly type: 'await-gate'; readonly run: number }
  | { readonly type: 'keep-probing'; readonly run: number }
  | { readonly type: 'wait'; readonly epoch: number; readonly until: number }
  | { readonly type: 'note'; readonly kind: string; readonly text: string }
  | { readonly type: 'forget' };

export interface Context {
  readonly now: number;
  /** Uniform in [0, 1): spreads retries by ±20 % (R13). */
  readonly random: number;
  /** Restarts are held while the disk is full: trying would only burn the budget (F46). */
  readonly diskFull: boolean;
}

export interface Step {
  readonly unit: Unit;
  readonly effects: readonly Effect[];
}

export function newUnit(name: string, rules: Rules, now: number): Unit {
  return {
    name,
    rules,
    configured: true,
    desired: 'stopped',
    phase: { state: 'stopped' },
    since: now,
    epoch: 0,
    run: 0,
    live: false,
    readyAt: null,
    failures: [],
    streak: 0,
    earlyExits: 0,
    restarts: 0,
    badProbes: 0,
    goodProbes: 0,
    cause: null,
    lastExit: null,
  };
}

/** The state a person sees; an entry that is gone shows as such for as long as something runs. */
export function visibleState(unit: Unit): UnitState {
  return !unit.configured && unit.live && unit.phase.state !== 'stopping' ? 'unconfigured' : unit.phase.state;
}
