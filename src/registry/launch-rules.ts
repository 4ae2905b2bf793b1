import { constants } from 'node:os';
import { timerMilliseconds } from './duration.ts';
import type { ServerEntry } from './entry.ts';
import type { CallLimits, HealthRules, LaunchSpec, RestartRules } from './launch-spec.ts';

/** The longest grace between the stop signal and SIGKILL, in milliseconds (R5). */
const LONGEST_GRACE_MS = 300_000;

/** Restart rules with the defaults of R13: ten failures in ten minutes, 1 s to 60 s apart. */
export function restartRules({ restart = {} }: ServerEntry): RestartRules {
  const initialMs = timerMilliseconds(restart.backoff?.initial, 1_000);
  return {
    policy: restart.policy ?? 'always',
    onUnhealthy: restart.onUnhealthy ?? true,
    max: restart.max ?? 10,
    windowMs: timerMilliseconds(restart.window, 600_000),
    initialMs,
    maxMs: Math.max(initialMs, timerMilliseconds(restart.backoff?.max, 60_000)),
    factor: restart.backoff?.factor ?? 2,
  };
}

/** Health rules with the defaults of R11 and R12. Never more often than ten times a second. */
export function healthRules({ health = {} }: ServerEntry): HealthRules {
  return {
    intervalMs: Math.max(100, timerMilliseconds(health.interval, 10_000)),
    timeoutMs: Math.max(100, timerMilliseconds(health.timeout, 5_000)),
    failures: health.failures ?? 3,
    startupMs: timerMilliseconds(health.startup, 60_000),
  };
}

export function stopRules({ stop = {} }: ServerEntry): LaunchSpec['stop'] {
  return {
    signal: isSignal(stop.signal) ? stop.signal : 'SIGTERM',
    graceMs: Math.min(LONGEST_GRACE_MS, timerMilliseconds(stop.grace, 10_000)),
  };
}

/** `idle_stop`; null when absent or 0: never. */
export function idleStop({ idle_stop }: ServerEntry): number | null {
  return timerMilliseconds(idle_stop, 0) || null;
}

/** `limits` with their defaults. */
export function callLimits({ limits = {} }: ServerEntry): CallLimits {
  return {
    concurrency: limits.concurrency ?? 64,
    bytes: limits.bytes ?? 16 * 1024 * 1024,
    timeoutMs: timerMilliseconds(limits.timeout, 600_000),
  };
}

function isSignal(name: string | undefined): name is NodeJS.Signals {
  return name !== undefined && Object.hasOwn(constants.signals, name);
}
