const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** A span of milliseconds in at most five columns below 100 days: `8s`, `45m`, `3h12`, `2d4h`. Negative counts as none. */
export function duration(ms: number): string {
  const span = Math.max(0, ms);
  if (span < MINUTE) return `${Math.floor(span / SECOND)}s`;
  if (span < HOUR) return `${Math.floor(span / MINUTE)}m`;
  if (span < DAY) return `${Math.floor(span / HOUR)}h${twoDigits(Math.floor((span % HOUR) / MINUTE))}`;
  const days = Math.floor(span / DAY);
  return days < 100 ? `${days}d${Math.floor((span % DAY) / HOUR)}h` : `${days}d`;
}

/** How long something has been up, in whole minutes: a table full of running servers has no cell that moves each second. */
export function uptime(ms: number): string {
  return ms < MINUTE ? '<1m' : duration(ms);
}

/** Seconds until `at`, counted down to `0s` and never below. */
export function countdown(at: number, now: number): string {
  return duration(Math.ceil(Math.max(0, at - now) / SECOND) * SECOND);
}

/** Local time of day, `10:32:07`. */
export function clock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(':');
}

/** Local date and time, `2026-08-01 10:32:07`. */
export function dateTime(at: number): string {
  const time = new Date(at);
  return `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())} ${clock(at)}`;
}

/** Time of day for what happened today (local), date and time for what is older. */
export function moment(at: number, now: number): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock(at) : dateTime(at);
}

/** How long an answer took, in at most five columns: `0.4ms`, `18ms`, `1.2s`, `3m`. */
export function latency(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  return ms < 9_950 ? `${(ms / SECOND).toFixed(1)}s` : duration(ms);
}
