import type { LogEntry, LogPosition } from './line-ring.ts';

/** The read-only side of the log book: what selectors and commands see of the lines, which are not part of the state. */
export interface LogLines {
  /** Entries of these servers interleaved, from `position` on (inclusive). */
  forward(servers: readonly string[], position: LogPosition): Iterable<LogEntry>;
  /** Entries before `position`, the nearest first. */
  backward(servers: readonly string[], position: LogPosition): Iterable<LogEntry>;
  /** How many lines are held. */
  count(servers: readonly string[]): number;
  /** How many lines a paused view could not keep. */
  skipped(servers: readonly string[]): number;
  path(server: string): string;
}

/** What was written since the gathering before, not counting what a tail found when it was opened. */
export interface Gathered {
  /** Lines by server. */
  readonly lines: ReadonlyMap<string, number>;
  /** Of those, the errors. */
  readonly errors: ReadonlyMap<string, number>;
  readonly newest: LogPosition;
}

/** Past every line there is. */
export const NEWEST: LogPosition = { time: Number.POSITIVE_INFINITY, arrival: Number.POSITIVE_INFINITY };
/** Before every line there is. */
export const OLDEST: LogPosition = { time: 0, arrival: 0 };

/** The next place behind a line. */
export const after = ({ time, arrival }: LogPosition): LogPosition => ({ time, arrival: arrival + 1 });
