/** A number with `ms`, `s`, `m`, `h` or `d`; without a unit it means seconds. */
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/;

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The longest delay a Node timer keeps, in milliseconds; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * `"500ms"`, `"10s"`, `"1.5m"`, `"2h"`, `"1d"` or a number of seconds, in whole milliseconds.
 * Null for anything else: negative, not finite, or too long to count exactly.
 */
export function parseDuration(value: string | number): number | null {
  const match = DURATION_PATTERN.exec(typeof value === 'number' ? `${value}s` : value.trim());
  if (match === null) return null;
  const unit = match[2];
  const factor = isUnit(unit) ? MILLISECONDS[unit] : MILLISECONDS.s;
  const milliseconds = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(milliseconds) ? milliseconds : null;
}

/** A checked duration for use as a timer's delay: too long ones become the longest possible, absent ones `fallback`. */
export function timerMilliseconds(value: string | number | undefined, fallback: number): number {
  return value === undefined ? fallback : Math.min(LONGEST_TIMER_MS, parseDuration(value) ?? LONGEST_TIMER_MS);
}

/** Milliseconds as a timer's delay, whatever was added or multiplied on the way: what is too long becomes the longest. */
export function timerDelay(milliseconds: number): number {
  return Math.max(0, Math.min(LONGEST_TIMER_MS, milliseconds));
}

function isUnit(unit: string | undefined): unit is keyof typeof MILLISECONDS {
  return unit !== undefined && Object.hasOwn(MILLISECONDS, unit);
}

/**
 * Milliseconds as people read them on a screen, at most two units, rounded down: `350ms`, `8s`, `4m05`, `3h12`, `2d4h`.
 * Negative durations (a clock that was set back) show as `0s`.
 */
export function formatDuration(milliseconds: number): string {
  if (!(milliseconds > 0)) return '0s';
  if (milliseconds < 1000) return `${Math.floor(milliseconds)}ms`;
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (minutes === 0) return `${seconds}s`;
  if (hours === 0) return join(`${minutes}m`, seconds % 60);
  if (days === 0) return join(`${hours}h`, minutes % 60);
  return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
}

function join(head: string, rest: number): string {
  return rest === 0 ? head : `${head}${String(rest).padStart(2, '0')}`;
}
