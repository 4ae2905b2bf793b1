import type { LogLevel } from '../../../supervisor/api.ts';
import type { LogEntry } from '../../logs/line-ring.ts';
import { type Matcher, smartCase } from '../../text/smart-case.ts';
import type { StreamState } from './state.ts';

const SEVERITY: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What `v` goes through: everything, then from that level on. */
export const LEVELS: readonly (LogLevel | null)[] = [null, 'info', 'warn', 'error'];

export interface LineFilter {
  /** The search, for highlighting; null when nothing is searched. */
  readonly matcher: Matcher | null;
  /** Whether the line is shown. Notes of the tail itself always are. */
  passes(entry: LogEntry): boolean;
  /** Whether the line is what is searched for. */
  matches(entry: LogEntry): boolean;
}

/** A line without a level counts as `info`. */
export function lineFilter({ search, onlyMatches, level }: StreamState): LineFilter {
  const matcher = smartCase(search);
  const least = level === null ? -1 : SEVERITY[level];
  const matches = ({ line }: LogEntry): boolean => matcher?.matches(line.plain) ?? false;
  return {
    matcher,
    matches,
    passes: (entry) => {
      if (entry.line.kind === 'mark') return true;
      if (SEVERITY[entry.line.level ?? 'info'] < least) return false;
      return !onlyMatches || matcher === null || matches(entry);
    },
  };
}
