import type { LogLevel, LogLine } from '../supervisor/api.ts';
import { atLeast } from '../supervisor/logs/log-query.ts';

/** Which lines a person wants to see; null and 0 want all. */
export interface LineFilter {
  readonly grep: RegExp | null;
  readonly level: LogLevel | null;
  /** Milliseconds since the epoch. */
  readonly sinceMs: number | null;
}

/** Whether a line passes grep and level. A note of the tail itself passes where nothing is searched for. */
export function passes({ kind, plain, level }: LogLine, filter: LineFilter): boolean {
  if (kind === 'mark') return filter.grep === null && filter.level === null;
  return atLeast(level, filter.level) && (filter.grep === null || filter.grep.test(plain));
}

/**
 * The lines written at `sinceMs` or later. Lines of unknown time count as late, unless one that is known to be earlier
 * follows them: the order in the file is the order in time.
 */
export function linesSince(lines: readonly LogLine[], sinceMs: number | null): readonly LogLine[] {
  if (sinceMs === null) return lines;
  return lines.slice(lines.findLastIndex(({ at }) => at !== null && at < sinceMs) + 1);
}

/** Without a capital letter, case does not count; escapes such as `\S` are no capitals. Null when it is no regular expression. */
export function grepPattern(text: string): RegExp | null {
  const flags = /\p{Lu}/u.test(text.replace(/\\./g, '')) ? '' : 'i';
  try {
    return new RegExp(text, flags);
  } catch {
    return null;
  }
}

export interface NamedLine {
  readonly server: string;
  readonly line: LogLine;
}

/**
 * Lines of several logs in the order they were written. Within one log the order stays; a line of unknown time goes
 * with the one before it.
 */
export function interleave(logs: ReadonlyMap<string, readonly LogLine[]>): NamedLine[] {
  const stamped = [...logs].flatMap(([server, lines]) => {
    let time = 0;
    return lines.map((line) => {
      time = Math.max(time, line.at ?? 0);
      return { server, line, time };
    });
  });
  // Sorting is stable.
  return stamped.sort((a, b) => a.time - b.time).map(({ server, line }) => ({ server, line }));
}
