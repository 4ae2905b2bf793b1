import type { Result } from '../../registry/problem.ts';
import type { LogLevel, LogLine } from '../api.ts';

/** What a person typed to find lines, compiled once and asked for each line. */
export interface LogQuery {
  matches(line: Pick<LogLine, 'plain' | 'level'>): boolean;
  /** Where the text matches in `plain`, for highlighting: `[start, end)` in UTF-16 units. Empty for inverted queries. */
  ranges(plain: string): readonly (readonly [number, number])[];
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Whether a line of `level` passes a minimum; a line that states no level counts as `info`. */
export function atLeast(level: LogLevel | null, minimum: LogLevel | null): boolean {
  return minimum === null || RANK[level ?? 'info'] >= RANK[minimum];
}

/**
 * Compiles a search: a smart-case substring (capitals make it case-sensitive), `/regex/flags`, and `!` in front inverts.
 * An empty text matches everything. A broken regular expression is a problem.
 */
export function compileQuery(text: string, minimum: LogLevel | null = null): Result<LogQuery> {
  const inverted = text.startsWith('!') && text.length > 1;
  const pattern = compilePattern(inverted ? text.slice(1) : text);
  if (!pattern.ok) return pattern;
  const finder = pattern.value;
  return {
    ok: true,
    value: {
      matches: ({ plain, level }) => atLeast(level, minimum) && (finder === null || finds(finder, plain) !== inverted),
      ranges: (plain) => (finder === null || inverted ? [] : rangesOf(finder, plain)),
    },
  };
}

/** Null matches everything. Always global, so that all ranges of a line are found. */
function compilePattern(text: string): Result<RegExp | null> {
  if (text === '') return { ok: true, value: null };
  const written = /^\/(.+)\/([a-z]*)$/s.exec(text);
  const source = written?.[1];
  if (source === undefined) return { ok: true, value: new RegExp(escapeRegExp(text), smartCase(text)) };
  const flags = new Set([...(written?.[2] || smartCase(source)), 'g']);
  flags.delete('y');
  try {
    return { ok: true, value: new RegExp(source, [...flags].join('')) };
  } catch (error) {
    return {
      ok: false,
      problem: {
        what: `"${text}" is not a regular expression`,
        why: error instanceof Error ? error.message : String(error),
        next: 'leave the slashes out to search for the text as it stands',
      },
    };
  }
}

/** Escapes such as `\S` are not capitals a person typed for their case. */
function smartCase(text: string): string {
  return /\p{Lu}/u.test(text.replace(/\\./g, '')) ? 'g' : 'gi';
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function finds(finder: RegExp, plain: string): boolean {
  finder.lastIndex = 0;
  return finder.test(plain);
}

function rangesOf(finder: RegExp, plain: string): (readonly [number, number])[] {
  finder.lastIndex = 0;
  return [...plain.matchAll(finder)]
    .filter(([found]) => found.length > 0)
    .map((match) => [match.index, match.index + match[0].length] as const);
}
