import type { LogEntry } from './line-ring.ts';

/** The read-only side of the log book: what selectors and commands see of the lines, which are not part of the state. */
export interface LogLines {
  /** Entries of these servers interleaved in order of arrival, from `arrival` on (inclusive). */
  forward(servers: readonly string[], arrival: number): Iterable<LogEntry>;
  /** The same downwards: entries that arrived before `arrival`. */
  backward(servers: readonly string[], arrival: number): Iterable<LogEntry>;
  /** How many lines are held. */
  count(servers: readonly string[]): number;
  /** How many lines a paused view could not keep. */
  skipped(servers: readonly string[]): number;
  path(server: string): string;
}

/** Past every line there is. */
export const NEWEST = Number.POSITIVE_INFINITY;
/** Before every line there is. */
export const OLDEST = 0;
